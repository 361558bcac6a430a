/**
 * The loops that carry decisions out: one package per controller, all of them listed in {@link
 * karpenter.controllers.Controllers}. Controllers read snapshots, call pure functions of the core, and perform the effects
 * through ports and the cloud provider. They know no Kubernetes client.
 */
@NullMarked
package karpenter.controllers;

import org.jspecify.annotations.NullMarked;
