package cluster

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"strings"
)

// user is one line of the API server's static token file and the owner of one
// kubeconfig.
type user struct {
	// key names the kubeconfig file and the context.
	key    string
	name   string
	groups []string
	token  string
}

// newUsers returns the users every cluster has, with fresh tokens.
//
// karpenter is the service account the controller runs as, and has no rights:
// tests apply the shipped ClusterRole to it, so that a missing rule shows.
// The scheduler has the rights and the place in kube-apiserver's queues that the
// server gives to this name: an administrator's requests pass all queues, and the
// events of 10,000 pods that find no node would hold up everybody else's for 10 s.
// The controller manager and KWOK are administrators: what is tested here is
// Karpenter's rights, not theirs.
func newUsers() []user {
	users := []user{
		{key: "admin", name: "admin", groups: []string{"system:masters"}},
		{key: "karpenter", name: "system:serviceaccount:kube-system:karpenter", groups: []string{
			"system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"}},
		{key: KubeScheduler, name: "system:kube-scheduler", groups: []string{"system:authenticated"}},
		{key: KubeControllerManager, name: "system:kube-controller-manager", groups: []string{"system:masters"}},
		{key: Kwok, name: "kwok", groups: []string{"system:masters"}},
	}
	for i := range users {
		users[i].token = newToken()
	}
	return users
}

func newToken() string {
	bytes := make([]byte, 20)
	rand.Read(bytes) // never fails, says its documentation
	return hex.EncodeToString(bytes)
}

// tokenFile renders what kube-apiserver's --token-auth-file reads:
// token, user, uid and the groups as one quoted column.
func tokenFile(users []user) string {
	var text strings.Builder
	writer := csv.NewWriter(&text)
	for _, u := range users {
		writer.Write([]string{u.token, u.name, u.key, strings.Join(u.groups, ",")})
	}
	writer.Flush()
	return text.String()
}

// kubeconfig renders a file that needs no other file: the CA is in it.
func kubeconfig(server string, caCert []byte, u user) string {
	return fmt.Sprintf(`apiVersion: v1
kind: Config
clusters:
- name: testbed
  cluster:
    server: %s
    certificate-authority-data: %s
users:
- name: %[3]s
  user:
    token: %[4]s
contexts:
- name: testbed
  context:
    cluster: testbed
    user: %[3]s
current-context: testbed
`, server, base64.StdEncoding.EncodeToString(caCert), u.key, u.token)
}
