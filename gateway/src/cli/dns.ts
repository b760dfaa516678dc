// `altpath dns`: the zone that makes `cluster.sipName` lead to every node, in the order in which they stand in for each
// other. Stock telephones find a stand-in by it (RFC 3263 §4.3 for requests, §5 for responses).
import { isIpLiteral } from '@altpath/core';
import { type Configuration, type ListenConfiguration, loadConfiguration } from '../settings/index.js';
import { textOf } from './ask.js';
import { type Command, DONE, FOUND_A_PROBLEM, readOptions, USAGE } from './command.js';

/** Short, so that a change is seen soon. */
const TTL_S = 60;
const SERVICES: Readonly<Record<string, { readonly label: string; readonly naptr: string }>> = {
  'sip+udp': { label: '_sip._udp', naptr: 'SIP+D2U' },
  'sip+tcp': { label: '_sip._tcp', naptr: 'SIP+D2T' },
  'sip+tls': { label: '_sips._tcp', naptr: 'SIPS+D2T' },
};

export const dns: Command = {
  name: 'dns',
  summary: 'the DNS zone that leads to every node of the cluster',
  usage: `usage: altpath dns -c FILE

Prints the records of cluster.sipName, and of cluster.domain where that is another name: SRV with the nodes in file
order, and their addresses.

  -c, --config FILE   the cluster's file; default ./altpath.yaml
`,
  async run(argv, surroundings) {
    const options = readOptions(dns, argv, { config: { type: 'string', short: 'c' } }, surroundings);
    if (typeof options === 'number') return options;
    const loaded = loadConfiguration(textOf(options.values['config']), surroundings.environment);
    if (!loaded.ok) {
      for (const line of loaded.problems) surroundings.stderr.write(`${line}\n`);
      return USAGE;
    }
    const zone = zoneOf(loaded.configuration);
    if (zone === undefined) {
      surroundings.stderr.write('altpath dns: the file has no cluster.sipName, so no name stands in any message\n');
      return FOUND_A_PROBLEM;
    }
    surroundings.stdout.write(zone);
    return DONE;
  },
};

/** The zone's text, records with their full names; undefined without `cluster.sipName`. */
export function zoneOf({ cluster }: Configuration): string | undefined {
  const { sipName, domain, nodes } = cluster;
  if (sipName === undefined) return undefined;
  const names = [...new Set([sipName, domain])].filter((name) => !isIpLiteral(name));
  const listeners = nodes.flatMap(({ name, listen }) => listen.map((each) => ({ node: name, ...each })));
  const services = Object.entries(SERVICES).filter(([scheme]) => listeners.some((each) => each.scheme === scheme));
  const lines = [`; ${sipName}: ${nodes.map(({ name }) => name).join(', then ')}`];
  for (const owner of names) {
    services.forEach(([, { label, naptr }], at) =>
      lines.push(record(owner, 'NAPTR', `${(at + 1) * 10} 10 "s" "${naptr}" "" ${label}.${owner}.`)),
    );
    for (const [scheme, { label }] of services) {
      nodes.forEach(({ name, listen }, at) => {
        const first = listen.find((each) => each.scheme === scheme);
        if (first)
          lines.push(record(`${label}.${owner}`, 'SRV', `${(at + 1) * 10} 10 ${first.advertised.port} ${hostOf(first, name, sipName)}.`));
      });
    }
  }
  const sip = listeners.filter((each) => Object.hasOwn(SERVICES, each.scheme) && isIpLiteral(each.advertised.host));
  // The name itself has every address, for who asks for no SRV because a port is written.
  lines.push(
    ...sip.map((each) => addressRecord(sipName, each)),
    ...sip.map((each) => addressRecord(hostOf(each, each.node, sipName), each)),
  );
  return `${[...new Set(lines)].join('\n')}\n`;
}

/** A node that advertises a name has one already. */
function hostOf({ advertised }: ListenConfiguration, node: string, sipName: string): string {
  return isIpLiteral(advertised.host) ? `${node}.${sipName}` : advertised.host;
}

function addressRecord(owner: string, { advertised }: ListenConfiguration): string {
  return record(owner, advertised.host.includes(':') ? 'AAAA' : 'A', advertised.host);
}

function record(owner: string, type: string, data: string): string {
  return `${owner}. ${TTL_S} IN ${type} ${data}`;
}
