// Package cluster starts, watches and stops the processes of one test cluster:
// etcd, kube-apiserver, kube-scheduler, kube-controller-manager and, on demand,
// KWOK. It knows their command lines and health checks but links none of them,
// so that its tests build in seconds.
//
// Everything listens on 127.0.0.1 only, on ports and in a data folder of this
// cluster's own, so that several clusters run side by side. Who starts a Cluster
// closes it: no process and, unless KeepData, no file stays behind.
package cluster
