import { eventually } from '../../support/eventually.ts';
import { start } from './program.ts';
import { peerPort, sipServer } from './sip-server.ts';

/** A SIP message as tshark decodes it: its method or status code, its destination, and its errors. */
export type Decoded = {
  readonly from: string;
  readonly to: string;
  readonly what: string;
  readonly transport: 'udp' | 'tcp';
  readonly faults: string;
};

export type Capture = AsyncDisposable & { readonly messages: () => readonly Decoded[] };

const fields = [
  'ip.src',
  'ip.dst',
  'udp.srcport',
  'tcp.srcport',
  'udp.dstport',
  'tcp.dstport',
  'sip.Method',
  'sip.Status-Code',
  '_ws.malformed',
  '_ws.expert.severity',
  '_ws.expert.message',
];

/** The messages of a line: a packet may have several messages, with errors of several severities. */
function decoded(line: string): Decoded[] {
  const [
    source,
    target,
    udpFrom = '',
    tcpFrom,
    udpTo,
    tcpTo,
    methods = '',
    codes = '',
    malformed,
    severities = '',
    messages,
  ] = line.split('|');
  const transport = udpFrom === '' ? 'tcp' : 'udp';
  const isFaulty = malformed !== '' || severities.split(',').some((severity) => Number(severity) >= warning);
  const faults = isFaulty ? `${malformed} ${severities} ${messages}` : '';
  return [...methods.split(','), ...codes.split(',')]
    .filter((what) => what !== '')
    .map((what) => ({
      what,
      transport,
      faults,
      from: `${source}:${udpFrom || tcpFrom}`,
      to: `${target}:${udpTo || tcpTo}`,
    }));
}

/** tshark's severity of unusual messages, below errors. */
const warning = 0x600000;

/** Captures and decodes the traffic of local addresses. */
export async function startCapture(hosts: readonly string[]): Promise<Capture> {
  const capture = await captureFields(hosts, [sipServer.port, peerPort], fields);
  return {
    messages: () => capture.lines().flatMap((values) => decoded(values.join('|'))),
    [Symbol.asyncDispose]: () => capture[Symbol.asyncDispose](),
  };
}

/** Fields of the packets with SIP messages so far: the values of a packet are in the order of the fields. */
export type FieldCapture = AsyncDisposable & { readonly lines: () => readonly (readonly string[])[] };

/** Captures the SIP traffic of local addresses. @param ports at which SIP is spoken @param names as tshark has them */
export async function captureFields(
  hosts: readonly string[],
  ports: readonly number[],
  names: readonly string[],
): Promise<FieldCapture> {
  const decodedAs = ports.flatMap((port) =>
    ['udp', 'tcp'].flatMap((transport) => ['-d', `${transport}.port==${port},sip`]),
  );
  const program = start('tshark', [
    '-i',
    'lo',
    '-n',
    '-l',
    '-f',
    hosts.map((host) => `host ${host}`).join(' or '),
    ...decodedAs,
    '-Y',
    'sip and not icmp',
    '-T',
    'fields',
    '-E',
    'separator=|',
    ...names.flatMap((field) => ['-e', field]),
  ]);
  await eventually(() => program.printed().includes('Capturing on')).catch((cause: unknown) => {
    throw new Error(`tshark does not capture. It printed:\n${program.printed()}`, { cause });
  });
  return {
    lines: () =>
      program
        .printed()
        .split('\n')
        .map((line) => line.split('|'))
        .filter(({ length }) => length === names.length),
    [Symbol.asyncDispose]: () => program.stop(),
  };
}
