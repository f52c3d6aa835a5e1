import * as z from 'zod';
import type { Call } from '#telephony/call.ts';
import type { SipTrace, TracedLeg, TracedMessage } from '#telephony/sip-trace.ts';
import type { HostSharing } from '#telephony/shared-host.ts';

/** What readers see of the SIP messages of a call (functions/calls/README.md, "Trace"). */

export const TraceFormat = z
  .enum(['json', 'pcap'])
  .default('json')
  .describe('`pcap`: a capture file for Wireshark and sngrep');

const end = z.string().describe('Address and port').meta({ example: '192.0.2.10:5060' });

export const CallTrace = z
  .object({
    call_id: z.string().describe('Id of the call'),
    legs: z
      .array(
        z.object({
          number: z.int().describe('By which messages name it, from 1'),
          kind: z
            .enum(['device', 'line', 'gateway', 'trunk', 'sip', 'unknown'])
            .describe('Who is at its other end; `unknown`: a phone that has taken the call over'),
          sip_call_id: z.string().describe('Call-ID of its messages'),
          user_id: z.string().nullable().describe('Id of the user'),
          device_id: z.string().nullable().describe('Id of the device'),
          line: z.string().nullable().describe('User name of the phone line'),
          gateway_id: z.string().nullable().describe('Id of the gateway'),
          trunk_id: z.string().nullable().describe('Id of the trunk'),
        }),
      )
      .describe('The SIP dialogs of the call, with attempts that were not answered'),
    messages: z
      .array(
        z.object({
          time: z.iso.datetime().describe('When the platform sent or received it, in milliseconds'),
          leg: z.int().describe('Number of its leg'),
          direction: z.enum(['received', 'sent']).describe('Seen by the platform'),
          transport: z.enum(['udp', 'tcp', 'tls', 'ws', 'wss']).describe('How it was sent'),
          local: end.describe('Address and port of the platform'),
          remote: end.describe('Address and port of the other end'),
          title: z.string().describe('Its first line'),
          text: z.string().describe('The message; secrets and the texts of persons are `cut-out`'),
        }),
      )
      .describe('In the order of time'),
    dropped: z.int().describe('Messages in the middle of a long call, which had no room'),
  })
  .meta({
    id: 'CallTrace',
    example: {
      call_id: 'call_01M80C4A3X5J5YNXFESCQD4901',
      legs: [
        {
          number: 1,
          kind: 'device',
          sip_call_id: 'a84b4c76e66710@192.0.2.10',
          user_id: 'usr_01M80C4A3X5J5YNXFESCQD4902',
          device_id: 'dev_01M80C4A3X5J5YNXFESCQD4903',
          line: null,
          gateway_id: null,
          trunk_id: null,
        },
      ],
      messages: [
        {
          time: '2026-01-01T10:00:00.125Z',
          leg: 1,
          direction: 'received',
          transport: 'udp',
          local: '192.0.2.1:5060',
          remote: '192.0.2.10:5060',
          title: 'INVITE sip:202@pbx.example.com SIP/2.0',
          text: 'INVITE sip:202@pbx.example.com SIP/2.0\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n',
        },
      ],
      dropped: 0,
    },
  });

/** The traces of a call by all tasks, as one. */
export type WholeTrace = Pick<SipTrace, 'legs' | 'messages' | 'dropped'>;

/** The parts of a trace, of the tasks that have carried the call, as one: a dialog is one leg. */
export function joinTraces(traces: readonly WholeTrace[]): WholeTrace {
  const legs: TracedLeg[] = [];
  const messages = traces.flatMap((trace) => {
    const positions = trace.legs.map((leg) => {
      const known = legs.findIndex(({ sip_call_id: id }) => id === leg.sip_call_id);
      return known === -1 ? legs.push(leg) - 1 : known;
    });
    return trace.messages.map((message) => ({ ...message, leg: positions[message.leg] ?? 0 }));
  });
  return {
    legs,
    messages: messages.toSorted((one, other) => one.at - other.at),
    dropped: traces.reduce((sum, { dropped }) => sum + dropped, 0),
  };
}

/** The trunk or gateway of a leg; undefined: it has none. */
export type FoundPeer = Pick<HostSharing, 'shared_host'> | 'deleted' | undefined;

/** Users of the organization itself, or of a seller above it. */
export type PeerReader = 'own' | 'reseller' | 'operator';

/**
 * Whether the messages of a peer may be read. A carrier that a seller shares between its customers is the seller's
 * (functions/telephony/README.md, "Hosts of others"). Whether a deleted one was is not known.
 */
export function mayReadPeer(peer: FoundPeer, reader: PeerReader): boolean {
  if (peer === undefined || reader === 'operator') return true;
  if (peer === 'deleted') return false;
  const consent = peer.shared_host ?? null;
  return consent === null || consent === reader;
}

/** The legs that a reader may see, with their messages. */
export function visibleTrace(trace: WholeTrace, isVisible: (leg: TracedLeg, at: number) => boolean): WholeTrace {
  const positions = trace.legs.flatMap((leg, at) => (isVisible(leg, at) ? [at] : []));
  return {
    legs: trace.legs.filter((_leg, at) => positions.includes(at)),
    messages: trace.messages.flatMap((message): TracedMessage[] => {
      const leg = positions.indexOf(message.leg);
      return leg === -1 ? [] : [{ ...message, leg }];
    }),
    dropped: trace.dropped,
  };
}

const printEnd = ({ address, port }: TracedMessage['local']): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

export const presentTrace = ({ id }: Pick<Call, 'id'>, trace: WholeTrace): z.input<typeof CallTrace> => ({
  call_id: id,
  legs: trace.legs.map((leg, at) => ({ number: at + 1, ...leg })),
  messages: trace.messages.map(({ at, leg, direction, transport, local, remote, text }) => ({
    time: new Date(at).toISOString(),
    leg: leg + 1,
    direction,
    transport,
    local: printEnd(local),
    remote: printEnd(remote),
    title: text.slice(0, Math.max(0, text.indexOf('\r\n'))),
    text,
  })),
  dropped: trace.dropped,
});
