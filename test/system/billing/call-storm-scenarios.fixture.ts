import { ask, invited, part, reply, respond, ring, type Side } from '../peers/sipp-dialog.ts';
import { keepHeader, label, receive, reference, sdp, send } from '../peers/sipp-elements.ts';

/** A paid call as SIPp plays it over a bad network. The only field of the list of calls is the number. */

/** The carrier logs what happened to the call to a number, with the time. */
const log = (what: 'ANSWERED' | 'ENDED'): string => `<log message="${what} [$number] [timestamp]"/>`;

const called = '[field0]';
const callingSide: Side = { from: ' <sip:pbx@[local_ip]>;tag=[pid]-[call_number]', to: '[$to]' };
const rejections = [403, 404, 408, 480, 481, 487, 500, 503, 504];

/**
 * A party talks. In between it may get the Contact of another task, and answers that.
 * @param bye waits for the BYE, before and after that
 */
function talk(side: 'caller' | 'callee', bye: (hasMoved: boolean) => string): readonly string[] {
  const listen = (here: string, hasMoved: boolean): readonly string[] => [
    label(here),
    receive({ request: 'INVITE', optional: 'true', rrs: 'true', next: 'moved' }),
    receive({ request: 'ACK', optional: 'true', next: here }),
    bye(hasMoved),
  ];
  const moved = [label('moved'), reply('200 OK', { body: sdp(side) })];
  return [...listen('talk', false), ...moved, ...listen('moved-talk', true)];
}

/** Milliseconds for which a PBX talks on at another task. */
const movedTalk = 2_000;

/** A PBX that calls and, once answered, waits for a BYE, or hangs up itself. @param milliseconds of its talk */
export const paidCall = (milliseconds: number): string =>
  part(
    send(
      [
        `INVITE sip:${called}@[remote_ip]:[remote_port] SIP/2.0`,
        'Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch];rport',
        'Max-Forwards: 70',
        `From:${callingSide.from}`,
        `To: <sip:${called}@[remote_ip]>`,
        'Call-ID: [call_id]',
        'CSeq: 1 INVITE',
        'Contact: <sip:pbx@[local_ip]:[local_port]>',
      ],
      sdp('caller'),
      { retrans: 500 },
    ),
    ...[100, 180, 183].map((response) => receive({ response, optional: 'true' })),
    ...rejections.map((response) => receive({ response, optional: 'true', next: 'rejected' })),
    receive({ response: 200, rrs: 'true', timeout: 40_000, ontimeout: 'end' }, keepHeader('To', 'to')),
    ask(callingSide, 'ACK', 1),
    ...talk('caller', (hasMoved) =>
      receive({ request: 'BYE', timeout: hasMoved ? movedTalk : milliseconds, ontimeout: 'hang-up', next: 'bye' }),
    ),
    label('bye'),
    send(['SIP/2.0 200 OK', '[last_Via:]', '[last_From:]', '[last_To:]', '[last_Call-ID:]', '[last_CSeq:]'], [], {
      next: 'end',
    }),
    label('hang-up'),
    ask(callingSide, 'BYE', 2),
    receive({ response: 481, optional: 'true', next: 'end' }),
    receive({ request: 'BYE', optional: 'true', next: 'end' }),
    receive({ response: 200, timeout: 40_000, ontimeout: 'end', next: 'end' }),
    label('rejected'),
    send([
      `ACK sip:${called}@[remote_ip]:[remote_port] SIP/2.0`,
      '[last_Via:]',
      'Max-Forwards: 70',
      '[last_From:]',
      '[last_To:]',
      '[last_Call-ID:]',
      'CSeq: 1 ACK',
    ]),
    label('end'),
    '<nop/>',
  );

/** A carrier that answers, and is hung up. */
export const paidAnswer = part(
  invited('<ereg regexp="sip:[+]?([0-9]+)@" search_in="msg" assign_to="whole,number"/>'),
  ring(),
  respond('200 OK', { body: sdp('callee'), attributes: { retrans: 500 } }),
  receive({ request: 'ACK' }, log('ANSWERED')),
  ...talk('callee', () => receive({ request: 'BYE', next: 'bye' }, log('ENDED'))),
  label('bye'),
  reply('200 OK'),
  reference('whole'),
);
