// Two texts: the file that a start without a file runs on, and the one that `altpath init` writes.

/** One node on loopback with the embedded defaults. */
export const BUILT_IN_FILE = `cluster:
  domain: localhost
  nodes:
    solo:
      listen: [sip+udp://127.0.0.1:5060, sip+tcp://127.0.0.1:5060]
trust: { peers: [127.0.0.0/8] }
`;

/** @param secret  A fresh cluster key, base64. */
export function starterFile(secret: string): string {
  return `# Altpath, one file for every node of a cluster. Every key: docs/configuration.md
#   altpath check -c altpath.yaml
#   altpath start -c altpath.yaml --node a
cluster:
  domain: example.test                # the SIP domain your phones register in
  keys:                               # signs what the nodes tell each other through messages: keep it secret
    - { id: k1, secret: "${secret}" }
  nodes:                              # in the order in which they stand in for each other
    a:
      listen: [sip+udp://127.0.1.1:5060, sip+tcp://127.0.1.1:5060]
    b:
      listen: [sip+udp://127.0.1.2:5060, sip+tcp://127.0.1.2:5060]

trust:
  peers: [127.0.0.0/8]                # neighbours that may name stand-ins, and are told ours
`;
}
