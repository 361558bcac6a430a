package cluster

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"time"
)

// keyPair is a certificate and its key, PEM encoded.
type keyPair struct {
	cert, key []byte
}

// credentials is what the components and their clients prove themselves with.
// It is made before the API server starts, so that the kubeconfigs stay valid
// when a test stops the server and starts it again.
type credentials struct {
	caCert            []byte
	serving           keyPair
	serviceAccountKey []byte
}

// newCredentials makes elliptic-curve keys: an RSA key costs 0.1-0.5 s of CPU.
func newCredentials() (credentials, error) {
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return credentials{}, err
	}
	ca := template("karpenter-testbed-ca")
	ca.IsCA = true
	ca.BasicConstraintsValid = true
	ca.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, caKey.Public(), caKey)
	if err != nil {
		return credentials{}, err
	}

	servingKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return credentials{}, err
	}
	serving := template("karpenter-testbed")
	serving.KeyUsage = x509.KeyUsageDigitalSignature
	serving.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	serving.IPAddresses = []net.IP{net.ParseIP(loopback)}
	serving.DNSNames = []string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"}
	servingDER, err := x509.CreateCertificate(rand.Reader, serving, ca, servingKey.Public(), caKey)
	if err != nil {
		return credentials{}, err
	}
	servingKeyPEM, err := keyPEM(servingKey)
	if err != nil {
		return credentials{}, err
	}

	accountKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return credentials{}, err
	}
	accountKeyPEM, err := keyPEM(accountKey)
	if err != nil {
		return credentials{}, err
	}
	return credentials{
		caCert:            certPEM(caDER),
		serving:           keyPair{cert: certPEM(servingDER), key: servingKeyPEM},
		serviceAccountKey: accountKeyPEM,
	}, nil
}

func template(commonName string) *x509.Certificate {
	now := time.Now()
	return &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()),
		Subject:      pkix.Name{CommonName: commonName},
		NotBefore:    now.Add(-time.Hour), // clocks that were just set back
		NotAfter:     now.AddDate(1, 0, 0),
	}
}

func certPEM(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func keyPEM(key *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), nil
}
