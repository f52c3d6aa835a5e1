import { execFileSync } from 'node:child_process';
import { beforeEach } from 'vitest';
import { needs } from './tools.ts';

/** A network behind a router with NAT, as namespaces of the kernel (ip-netns(8)). */
export type NatNamespace = Disposable & {
  /** The namespace of the phones. */
  readonly name: string;
  /** Address of this machine before the router, and of a phone behind it. */
  readonly outside: string;
  readonly inside: string;
  /** Address of the router, from which its phones are heard. */
  readonly router: string;
  /** The router passes nothing on, without an answer. */
  readonly silence: () => void;
  /** Another phone behind it. A browser would describe its address in place of the first one. */
  readonly addNeighbor: () => Disposable & { readonly address: string };
  /** The router drops what comes by UDP from a phone. */
  readonly drop: (phone: string, which?: Dropped) => void;
  /** The phones lose their interface. */
  readonly unplug: () => void;
  /** Ends these. @param host last part of the address of the phones from now on. Default: as before */
  readonly restore: (host?: number) => void;
};

/** `port`: from this one only; `from`: bytes of a packet of IP, shorter ones pass. */
type Dropped = { readonly port?: number; readonly from?: number };

const run = (command: string): void => {
  const [program = '', ...args] = command.split(' ');
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } });
};

/** Declares that tests need namespaces; without root they are skipped. */
export function needsNamespaces(): void {
  needs('ip', 'iptables');
  if (process.getuid?.() !== 0) beforeEach(({ skip }) => skip('namespaces of the network need root'));
}

/**
 * Addresses of this machine and of the router: private ones, or public ones that no host of the internet has, as they
 * are for the discovery of multicast relays (RFC 7450 §7.1).
 */
const outsides = {
  private: (number: number) => ({ own: `10.${number}.77.1`, router: `10.${number}.77.2` }),
  public: (number: number) => ({ own: `192.52.193.${4 * number + 1}`, router: `192.52.193.${4 * number + 2}` }),
} as const;

/** Networks that can be open at one time: a public one has four addresses of a block of 256. */
const networks = 64;

/** Claims the number of a network, and the namespace of its phones. The kernel makes a name only once. */
function claimNumber(): number {
  for (let number = 0; number < networks; number += 1)
    try {
      run(`ip netns add tlp${number}`);
      return number;
    } catch (error) {
      if (!String(error).includes('File exists')) throw error;
    }
  throw new Error(`${networks} networks are open: ip netns list`);
}

/**
 * Opens such a network. The router masquerades what leaves it. This machine has the address of a phone behind it, too,
 * as a host of our own network may.
 */
export function openNatNamespace(kind: keyof typeof outsides = 'private'): NatNamespace {
  const number = claimNumber();
  const [phones, router] = [`tlp${number}`, `tlr${number}`];
  const [outside, inside] = [outsides[kind](number), `10.${number}.78`];
  const lines = [
    `ip netns add ${router}`,
    `ip link add tlo${number} type veth peer name wan netns ${router}`,
    `ip addr add ${outside.own}/30 dev tlo${number}`,
    `ip addr add ${inside}.9/32 dev tlo${number}`,
    `ip link set tlo${number} up`,
    `ip -n ${router} addr add ${outside.router}/30 dev wan`,
    `ip -n ${router} link set wan up`,
    // To the other addresses of this machine, such as those of other such networks.
    `ip -n ${router} route add default via ${outside.own}`,
    `ip -n ${router} link add lan type veth peer name eth netns ${phones}`,
    `ip -n ${router} addr add ${inside}.1/24 dev lan`,
    `ip -n ${router} link set lan up`,
    `ip -n ${phones} addr add ${inside}.9/24 dev eth`,
    `ip -n ${phones} link set eth up`,
    `ip -n ${phones} route add default via ${inside}.1`,
    `ip netns exec ${router} sysctl -w net.ipv4.ip_forward=1`,
    `ip netns exec ${router} iptables -t nat -A POSTROUTING -o wan -j MASQUERADE --random`,
  ];
  // The claim ends last: what is deleted with a namespace is deleted later, and its names would be in use.
  const close = build(lines, [`ip link del tlo${number}`, `ip netns del ${router}`, `ip netns del ${phones}`]);
  const forward = (verb: 'A' | 'D') => `ip netns exec ${router} iptables -${verb} FORWARD -j DROP`;
  let mend: readonly string[] = [];
  let [host, neighbors] = [9, 0];
  return {
    ...{ name: phones, outside: outside.own, inside: `${inside}.9`, router: outside.router },
    silence: () => {
      run(forward('A'));
      mend = [forward('D')];
    },
    addNeighbor: () => {
      neighbors += 1;
      const address = `${inside}.${100 + neighbors}`;
      run(`ip -n ${phones} addr add ${address}/24 dev eth`);
      return { address, [Symbol.dispose]: () => run(`ip -n ${phones} addr del ${address}/24 dev eth`) };
    },
    drop: (phone, { port, from } = {}) => {
      const ofPort = port === undefined ? '' : ` --sport ${port}`;
      const ofLength = from === undefined ? '' : ` -m length --length ${from}:65535`;
      const rule = (verb: 'I' | 'D') =>
        `ip netns exec ${router} iptables -${verb} FORWARD -i lan -s ${phone} -p udp${ofPort}${ofLength} -j DROP`;
      run(rule('I'));
      mend = [...mend, rule('D')];
    },
    unplug: () => {
      run(`ip -n ${phones} link set eth down`);
      mend = [`ip -n ${phones} link set eth up`];
    },
    restore: (next = host) => {
      if (next !== host) {
        run(`ip -n ${phones} addr del ${inside}.${host}/24 dev eth`);
        run(`ip -n ${phones} addr add ${inside}.${next}/24 dev eth`);
        host = next;
      }
      for (const line of mend) run(line);
      run(`ip -n ${phones} route replace default via ${inside}.1`);
      mend = [];
    },
    [Symbol.dispose]: close,
  };
}

/** A host behind a firewall. */
export type FirewalledHost = Disposable & {
  /** Its namespace. */
  readonly name: string;
  /** Its address, and that of this machine towards it. */
  readonly address: string;
  readonly outside: string;
};

/**
 * Opens a host between which and this machine a firewall lets UDP pass only within flows that this machine has begun,
 * and forgets one after 30 s without a packet from here, as the security groups of AWS do.
 */
export function openFirewalledHost(): FirewalledHost {
  const number = claimNumber();
  const [name, outside, address] = [`tlp${number}`, `10.${number}.79.1`, `10.${number}.79.2`];
  const inside = `ip netns exec ${name}`;
  const lines = [
    `ip link add tlo${number} type veth peer name eth netns ${name}`,
    `ip addr add ${outside}/30 dev tlo${number}`,
    `ip link set tlo${number} up`,
    `ip -n ${name} addr add ${address}/30 dev eth`,
    `ip -n ${name} link set eth up`,
    `${inside} iptables -A OUTPUT -p udp -m conntrack --ctstate ESTABLISHED -j ACCEPT`,
    `${inside} iptables -A OUTPUT -p udp -j DROP`,
    `${inside} sysctl -w net.netfilter.nf_conntrack_udp_timeout=30`,
    `${inside} sysctl -w net.netfilter.nf_conntrack_udp_timeout_stream=30`,
  ];
  const close = build(lines, [`ip link del tlo${number}`, `ip netns del ${name}`]);
  return { name, address, outside, [Symbol.dispose]: close };
}

/** Runs commands. @returns runs those that remove what they have made, also when one of them fails */
function build(lines: readonly string[], removals: readonly string[]): () => void {
  const remove = (): void => {
    for (const line of removals)
      try {
        run(line);
      } catch {
        // It was not made.
      }
  };
  try {
    for (const line of lines) run(line);
  } catch (error) {
    remove();
    throw error;
  }
  return remove;
}
