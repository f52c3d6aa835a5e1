import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import type { TrunkItem } from '#dynamodb/rows/trunk.ts';
import type { PeerProfile } from '#telephony/peer-settings.ts';
import { eventually } from '#test/support/eventually.ts';

/**
 * Carriers and PBXs in the process of the test, as their public documentation says (`shared/telephony/peer-settings.ts`
 * names it): what they demand of our requests, and what they send. They speak text over UDP, so that no code of the
 * platform reads or writes what they do.
 */

/** A message as text. */
type Text = string;

/** The first header of a name; '': none. */
export const fieldOf = (message: Text, name: string): string =>
  new RegExp(`^${name}:[ \\t]*(.*)$`, 'im').exec(message)?.[1]?.trim() ?? '';

/** User and host of a URI in a header. */
const uriIn = (value: string): { readonly user: string; readonly host: string } => {
  const [, user = '', host = ''] = /sip:(?:([^@>]*)@)?([^;>:\s]+)/.exec(value) ?? [];
  return { user, host };
};
const identityOf = (message: Text, name: string) => uriIn(fieldOf(message, name));
const requestUri = (message: Text) => uriIn(message.split(' ')[1] ?? '');

/** Why a carrier rejects a request: `403 From has no account`. Undefined: it is as demanded. */
type Judgement = string | undefined;

/** How a call of a carrier names its caller or the called number. */
type Writing = {
  readonly what: string;
  /** User of the Request-URI. Default: the number as E.164. */
  readonly requestUser?: string;
  /** User of To. Default: that of the Request-URI. */
  readonly to?: string;
  /** From. Default: the caller as E.164. */
  readonly from?: string;
  readonly lines?: readonly string[];
};

export type CarrierPlay = {
  readonly profile: PeerProfile;
  /** Default: that of the profile. */
  readonly name?: string;
  /** What a customer sets besides the profile. */
  readonly trunk: Partial<TrunkItem> & { readonly username?: string };
  /** A number that it has assigned, and the caller of its calls: E.164. */
  readonly number: string;
  readonly caller: string;
  /** Whether it asks for credentials. */
  readonly challenges: boolean;
  readonly judgeCall: (invite: Text) => Judgement;
  readonly judgeRegister?: (register: Text) => Judgement;
  readonly numbers: readonly Writing[];
  readonly callers: readonly (Writing & { readonly isWithheld?: true })[];
};

const german = '+493012345610';
const american = '+12125550123';
const french = '+33123456789';
const foreigner = '+498912345678';
const withoutPlus = (number: string): string => number.slice(1);

/** Rejects what one of these says. */
const demanding =
  (...rules: readonly (readonly [status: number, why: string, isKept: (message: Text) => boolean])[]) =>
  (message: Text): Judgement =>
    rules.filter(([, , isKept]) => !isKept(message)).map(([status, why]) => `${status} ${why}`)[0];

const e164 = /^\+[1-9]\d{6,14}$/;
const asE164 = (message: Text): boolean => e164.test(requestUri(message).user);
const anonymous = '"Anonymous" <sip:anonymous@anonymous.invalid>';
const withheld = (lines: readonly string[]) =>
  ({ what: 'who is withheld', from: anonymous, lines: ['Privacy: id', ...lines], isWithheld: true }) as const;

/**
 * help.sipgate.de, "Wie setze ich bei sipgate trunking die Absenderrufnummer?" (2026). It shows another
 * number for one with a plus, and does not reject the call: both forms are accepted here.
 */
const sipgate: CarrierPlay = {
  profile: 'sipgate',
  trunk: { type: 'carrier', username: '1234567t0', register: true },
  number: german,
  caller: foreigner,
  challenges: true,
  judgeCall: demanding(
    [403, 'From has not the SIP-ID', (it) => identityOf(it, 'From').user === '1234567t0'],
    [403, 'From is not at sipgate', (it) => identityOf(it, 'From').host === 'sipconnect.sipgate.de'],
    [
      403,
      'the caller is not in P-Preferred-Identity without plus',
      (it) => /^49\d+$/.test(identityOf(it, 'P-Preferred-Identity').user),
    ],
    [403, 'an identity is asserted', (it) => fieldOf(it, 'P-Asserted-Identity') === ''],
  ),
  judgeRegister: demanding([404, 'To is another account', (it) => identityOf(it, 'To').user === '1234567t0']),
  numbers: [
    { what: 'by To, at the Contact', requestUser: '1234567t0', to: withoutPlus(german) },
    { what: 'by To with a plus', requestUser: '1234567t0', to: german },
    { what: 'by the Request-URI', requestUser: withoutPlus(german) },
  ],
  callers: [
    { what: 'by From', from: `<sip:${withoutPlus(foreigner)}@sipconnect.sipgate.de>` },
    {
      what: 'by P-Asserted-Identity',
      from: '<sip:1234567t0@sipconnect.sipgate.de>',
      lines: [`P-Asserted-Identity: <sip:${foreigner}@sipconnect.sipgate.de>`],
    },
    withheld([]),
  ],
};

const domain = 'sip-trunk.telekom.de';

/**
 * Deutsche Telekom, 1TR119 "Technical Specification of the SIP-Trunking Interface for CompanyFlex", 1.9.0
 * (2021-02-03).
 */
const telekom: CarrierPlay = {
  profile: 'telekom_companyflex',
  trunk: { type: 'carrier', username: 'pilot-1', register: true, host: domain },
  number: '+4922812345610',
  caller: foreigner,
  challenges: true,
  judgeCall: demanding(
    [
      403,
      'P-Preferred-Identity is not a number of the trunk',
      (it) => /^\+4922812345/.test(identityOf(it, 'P-Preferred-Identity').user),
    ],
    [403, 'an identity is asserted', (it) => fieldOf(it, 'P-Asserted-Identity') === ''],
    [403, 'From is at another domain', (it) => identityOf(it, 'From').host === domain],
    [403, 'it has no Route of the proxy', (it) => /;lr/.test(fieldOf(it, 'Route'))],
    [404, 'the Request-URI is at another domain', (it) => requestUri(it).host === domain],
  ),
  judgeRegister: demanding(
    [403, 'it has no Route of the proxy', (it) => /;lr/.test(fieldOf(it, 'Route'))],
    [404, 'another domain', (it) => (it.split(' ')[1] ?? '') === `sip:${domain}`],
    [403, 'it lasts for too long', (it) => Number(fieldOf(it, 'Expires')) <= 600],
  ),
  numbers: [
    { what: 'by the Request-URI (RFC 6140)' },
    {
      what: 'by P-Called-Party-ID, at the Contact',
      requestUser: 'pilot-1',
      lines: [`P-Called-Party-ID: <sip:+4922812345610@${domain};user=phone>`],
    },
    { what: 'by To as a national number', requestUser: 'pilot-1', to: '022812345610' },
  ],
  callers: [
    { what: 'by P-Asserted-Identity', lines: [`P-Asserted-Identity: <sip:${foreigner}@${domain};user=phone>`] },
    { what: 'by From', from: `<sip:${foreigner};npdi@${domain};user=phone>` },
    withheld([`P-Asserted-Identity: <sip:${foreigner}@${domain}>`]),
  ],
};

/** developers.telnyx.com, "Caller ID Policy" (2026). */
const telnyx: CarrierPlay = {
  profile: 'telnyx',
  trunk: { type: 'carrier', username: 'acme-telnyx', register: true },
  number: '+12125550124',
  caller: '+13129457420',
  challenges: true,
  judgeCall: demanding(
    [404, 'the destination is not E.164', asE164],
    // The first of these headers decides; the caller must be a number of the account.
    [
      403,
      'Caller Origination Number is Invalid D35',
      (it) => {
        const named = ['P-Preferred-Identity', 'P-Asserted-Identity', 'Remote-Party-ID', 'From'].find(
          (name) => fieldOf(it, name) !== '',
        );
        return identityOf(it, named ?? 'From').user === '+12125550124';
      },
    ],
  ),
  judgeRegister: demanding([403, 'another account', (it) => identityOf(it, 'To').user === 'acme-telnyx']),
  numbers: [
    { what: 'by the Request-URI' },
    { what: 'without a plus', requestUser: '12125550124' },
    { what: 'by To, at the Contact', requestUser: 'acme-telnyx', to: '+12125550124' },
  ],
  callers: [
    { what: 'by From', from: '<sip:+13129457420@sip.telnyx.com>' },
    { what: 'by P-Asserted-Identity', lines: ['P-Asserted-Identity: <sip:+13129457420@sip.telnyx.com>'] },
    withheld(['P-Asserted-Identity: <sip:+13129457420@sip.telnyx.com>']),
  ],
};

/** The same with a connection by address, which asks for no credentials. */
const telnyxByAddress: CarrierPlay = {
  ...telnyx,
  name: 'telnyx by address',
  trunk: { type: 'carrier' },
  number: '+12125550126',
  challenges: false,
  judgeCall: demanding(
    [404, 'the destination is not E.164', asE164],
    [403, 'Caller Origination Number is Invalid D35', (it) => identityOf(it, 'From').user === '+12125550126'],
    [403, 'it has credentials', (it) => fieldOf(it, 'Proxy-Authorization') === ''],
  ),
  numbers: [{ what: 'by the Request-URI' }, { what: 'without a plus', requestUser: '12125550126' }],
};

/** twilio.com, "Elastic SIP Trunking" (2026-07-21). */
const twilio: CarrierPlay = {
  profile: 'twilio',
  trunk: { type: 'carrier' },
  number: '+12125550125',
  caller: '+13129457420',
  challenges: false,
  judgeCall: demanding(
    [404, 'the number is not E.164 with a plus', asE164],
    [403, 'the caller is no number of the account', (it) => identityOf(it, 'From').user === '+12125550125'],
  ),
  numbers: [{ what: 'by the Request-URI' }, { what: 'with parameters', requestUser: '+12125550125;npdi' }],
  callers: [
    { what: 'by From', from: '"Ann" <sip:+13129457420@acme.pstn.twilio.com>' },
    { what: 'who was forwarded', lines: ['Diversion: <sip:+12125550199@twilio.com>;reason=unconditional'] },
    withheld([]),
  ],
};

/** support.bandwidth.com, "Outbound Calling Integration Guide" and "SIP peers for 911 service" (2025). */
const bandwidth: CarrierPlay = {
  profile: 'bandwidth',
  trunk: { type: 'carrier' },
  number: american,
  caller: '+19195551234',
  challenges: false,
  judgeCall: demanding(
    [404, 'the number is not E.164 with a plus', asE164],
    [
      403,
      'P-Asserted-Identity is not a number of the account (RFC 3325)',
      (it) => identityOf(it, 'P-Asserted-Identity').user === american,
    ],
  ),
  numbers: [{ what: 'by the Request-URI' }, { what: 'without a plus', requestUser: withoutPlus(american) }],
  callers: [
    { what: 'by From', from: '<sip:+19195551234@67.231.1.1>' },
    { what: 'by P-Asserted-Identity', lines: ['P-Asserted-Identity: <sip:+19195551234@67.231.1.1:5060>'] },
    withheld(['P-Asserted-Identity: <sip:+19195551234@67.231.1.1:5060>']),
  ],
};

/** guide.ovh.com, "Créer un tunnel SIP" (Elastix, undated). */
const ovh: CarrierPlay = {
  profile: 'ovh',
  trunk: {
    ...{ type: 'carrier', username: '0033123456789', register: true, from_domain: 'sip.ovh.fr' },
    number_format: { country: 'FR' },
  },
  number: french,
  caller: '+33612345678',
  challenges: true,
  judgeCall: demanding(
    [403, 'From is not the line', (it) => identityOf(it, 'From').user === '0033123456789'],
    [403, 'From is not at OVH', (it) => identityOf(it, 'From').host === 'sip.ovh.fr'],
  ),
  judgeRegister: demanding([403, 'another line', (it) => identityOf(it, 'To').user === '0033123456789']),
  numbers: [
    { what: 'by the Request-URI, which is the Contact', requestUser: '0033123456789' },
    { what: 'by To as a national number', requestUser: 's', to: '0123456789' },
    { what: 'by To as an international number', requestUser: 's', to: '0033123456789' },
  ],
  callers: [
    { what: 'by From as a national number', from: '<sip:0612345678@sip.ovh.fr>' },
    { what: 'by From as an international number', from: '<sip:0033612345678@sip.ovh.fr>' },
    withheld([]),
  ],
};

/** docs.asterisk.org, "res_pjsip Configuration Examples" (Asterisk 20, 2024). */
const asterisk: CarrierPlay = {
  profile: 'asterisk',
  trunk: { type: 'pbx' },
  number: '+493012345620',
  // A PBX names numbers of its organization only.
  caller: '+493012345621',
  challenges: false,
  judgeCall: demanding([404, 'no extension', (it) => requestUri(it).user !== '']),
  numbers: [
    { what: 'as E.164' },
    { what: 'as an international number', requestUser: '00493012345620' },
    { what: 'as a national number', requestUser: '03012345620' },
  ],
  callers: [
    {
      what: 'by P-Asserted-Identity (send_pai)',
      from: '<sip:201@pbx>',
      lines: ['P-Asserted-Identity: <sip:+493012345621@pbx>'],
    },
    {
      what: 'by Remote-Party-ID (send_rpid)',
      from: '<sip:201@pbx>',
      lines: ['Remote-Party-ID: <sip:+493012345621@pbx>;party=calling;privacy=off;screen=no'],
    },
    {
      what: 'who is withheld',
      from: '<sip:201@pbx>',
      lines: ['Remote-Party-ID: <sip:+493012345621@pbx>;party=calling;privacy=full;screen=no'],
      isWithheld: true,
    },
  ],
};

/** 3cx.com, "Outbound Calls" and "Requirements for VoIP Providers" (2024). */
const threeCx: CarrierPlay = {
  profile: '3cx',
  trunk: { type: 'pbx' },
  number: '+493012345630',
  caller: '+493012345631',
  challenges: false,
  judgeCall: demanding([404, 'the number is not E.164 with a plus', asE164]),
  numbers: [{ what: 'as E.164' }, { what: 'without a plus', requestUser: '493012345630' }],
  callers: [
    {
      what: 'by Remote-Party-ID, From has the authentication id',
      from: '"Ann" <sip:auth-id@3cx.example>',
      lines: ['Remote-Party-ID: <sip:03012345631@3cx.example>;party=calling'],
    },
    {
      what: 'by P-Asserted-Identity',
      from: '<sip:auth-id@3cx.example>',
      lines: ['P-Asserted-Identity: <sip:+493012345631@3cx.example>'],
    },
    withheld(['P-Asserted-Identity: <sip:+493012345631@3cx.example>']),
  ],
};

/**
 * learn.microsoft.com, "Direct Routing - SIP protocol" and "Direct Routing - definitions and RFC standards" (2025).
 * Without TLS and SRTP, whose own tests have the certificates of both sides and the keys.
 */
const teams: CarrierPlay = {
  profile: 'teams',
  trunk: { type: 'carrier', media_encryption: 'none' },
  number: '+493012345640',
  caller: foreigner,
  challenges: false,
  judgeCall: demanding(
    [404, 'the number is not E.164 with a plus', asE164],
    [403, 'Contact has no name of ours', (it) => /@?sip\.example\.com/.test(fieldOf(it, 'Contact'))],
    [403, 'it has Replaces', (it) => fieldOf(it, 'Replaces') === ''],
    [403, 'a SIPS URI', (it) => !/sips:/i.test(it)],
  ),
  numbers: [{ what: 'by the Request-URI' }, { what: 'with an extension', requestUser: '+493012345640;ext=12' }],
  callers: [
    {
      what: 'by P-Asserted-Identity',
      from: `<sip:${foreigner}@sip.pstnhub.microsoft.com:5061;user=phone>`,
      lines: [`P-Asserted-Identity: <tel:${foreigner}>,<sip:ann@example.com>`],
    },
    withheld([`P-Asserted-Identity: <tel:${foreigner}>,<sip:ann@example.com>`]),
  ],
};

export const plays: readonly CarrierPlay[] = [
  ...[sipgate, telekom, telnyx, telnyxByAddress, twilio, bandwidth, ovh, asterisk, threeCx, teams],
];

const token = (): string => randomBytes(8).toString('hex');
const sdp = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 6000 RTP/AVP 8\r\n';
const reasons: Readonly<Record<number, string>> = {
  200: 'OK',
  401: 'Unauthorized',
  407: 'Proxy Authentication Required',
  486: 'Busy Here',
};
/** Of an answer to the caller of the tests. */
const answered = sdp.replace('AVP 8', 'AVP 0');

/** The headers of a request that its response repeats, but for To. */
const repeatedIn = (request: Text): readonly string[] =>
  request.split('\r\n').filter((line) => /^(?:Via|From|Call-ID|CSeq|Record-Route):/i.test(line));

/** The response that accepts a request within a dialog. */
export const okTo = (request: Text): Text =>
  ['SIP/2.0 200 OK', ...repeatedIn(request), `To: ${fieldOf(request, 'To')}`, 'Content-Length: 0', '', ''].join('\r\n');

/** A carrier that is played at an address of the loopback network. */
export type Played = {
  readonly address: string;
  readonly port: number;
  /** INVITEs that it took, each once. */
  readonly calls: Text[];
  /** Why it rejected requests. */
  readonly faults: string[];
  /** Status of the answer to a call that is as demanded, and its header lines; 0: no response, not even a challenge. */
  answers: number;
  lines: readonly string[];
  /** Ends the last call that it has answered, once that is acknowledged. @returns the response */
  readonly hangUp: () => Promise<Text>;
  /** Calls the platform. @returns the final response */
  readonly call: (to: { readonly address: string; readonly port: number }, how: Writing) => Promise<Text>;
  readonly close: () => void;
};

/** @param play what it demands; undefined: nothing */
export async function playCarrier(address: string, play: CarrierPlay | undefined): Promise<Played> {
  const socket = createSocket('udp4').bind(0, address);
  await once(socket, 'listening');
  const { port } = socket.address();
  const finals = new Map<string, Text>();
  const untilFinal = (callId: string): Promise<Text> =>
    eventually(() => finals.get(callId) ?? Promise.reject(new Error('no final response')));
  const acknowledged = new Set<string>();
  let sendBye: () => Promise<Text> = () => Promise.reject(new Error('no call was answered'));
  const seen = new Set<string>();
  const played: Played = {
    ...{ address, port, calls: [], faults: [], answers: 486, lines: [] },
    hangUp: () => sendBye(),
    close: () => socket.close(),
    call: async (
      to,
      { requestUser = play?.number ?? '', from = `<sip:${play?.caller}@carrier.example>`, lines = [], ...how },
    ) => {
      const [callId, uri] = [token(), `sip:${requestUser}@sip.example.com`];
      const write = (method: string, toField: string, more: readonly string[], body: string): void =>
        socket.send(
          [
            `${method} ${uri} SIP/2.0`,
            `Via: SIP/2.0/UDP ${address}:${port};branch=z9hG4bK${callId};rport`,
            ...['Max-Forwards: 70', `From: ${from};tag=${callId}`, toField, `Call-ID: ${callId}`, `CSeq: 1 ${method}`],
            ...[...more, `Content-Length: ${body.length}`, '', body],
          ].join('\r\n'),
          to.port,
          to.address,
        );
      const contact = [`Contact: <sip:carrier@${address}:${port}>`, 'Content-Type: application/sdp', ...lines];
      const toField = `To: <sip:${how.to ?? requestUser}@carrier.example>`;
      write('INVITE', toField, contact, sdp);
      const repeating = setInterval(() => write('INVITE', toField, contact, sdp), 2_000);
      const final = await untilFinal(callId).finally(() => clearInterval(repeating));
      write('ACK', `To: ${fieldOf(final, 'To')}`, [], '');
      return final;
    },
  };
  const judge = (method: string, text: Text): { readonly status: number; readonly lines?: readonly string[] } => {
    const isProven = /^(?:Proxy-)?Authorization: Digest /im.test(text);
    if (play?.challenges === true && !isProven) {
      const [status, name] =
        method === 'REGISTER' ? ([401, 'WWW-Authenticate'] as const) : ([407, 'Proxy-Authenticate'] as const);
      return {
        status,
        lines: [`${name}: Digest realm="carrier.example", nonce="${token()}", qop="auth", algorithm=MD5`],
      };
    }
    const fault = (method === 'REGISTER' ? play?.judgeRegister : play?.judgeCall)?.(text);
    if (fault !== undefined) played.faults.push(`${method}: ${fault}`);
    if (fault !== undefined) return { status: Number(fault.slice(0, 3)) };
    if (method === 'INVITE') played.calls.push(text);
    return method === 'INVITE'
      ? { status: played.answers, lines: played.lines }
      : { status: 200, lines: [`Contact: ${fieldOf(text, 'Contact')}`, `Expires: ${fieldOf(text, 'Expires') || 600}`] };
  };
  const answers = new Map<string, Text>();
  socket.on('message', (bytes, { address: host, port: at }) => {
    const text = bytes.toString('latin1');
    if (/^SIP\/2\.0 [2-6]/.test(text)) return void finals.set(fieldOf(text, 'Call-ID'), text);
    const method = text.split(' ')[0] ?? '';
    if (method === 'ACK') acknowledged.add(fieldOf(text, 'Call-ID'));
    if (text.startsWith('SIP/2.0 ') || method === 'ACK' || text.trim() === '') return;
    if (method === 'INVITE' && played.answers === 0) return;
    const key = `${fieldOf(text, 'Call-ID')} ${fieldOf(text, 'CSeq')}`;
    const isKnown = seen.has(key);
    seen.add(key);
    const { status, lines = [] } =
      isKnown || !['INVITE', 'REGISTER'].includes(method) ? { status: 200 } : judge(method, text);
    const isAnswer = method === 'INVITE' && status === 200;
    const to = `${fieldOf(text, 'To')}${/;tag=/.test(fieldOf(text, 'To')) ? '' : `;tag=${token()}`}`;
    const answer =
      answers.get(key) ??
      [
        `SIP/2.0 ${status} ${reasons[status] ?? 'Rejected'}`,
        ...repeatedIn(text),
        `To: ${to}`,
        ...(isAnswer ? [`Contact: <sip:carrier@${address}:${port}>`, 'Content-Type: application/sdp'] : []),
        ...[...lines, `Content-Length: ${isAnswer ? answered.length : 0}`, '', isAnswer ? answered : ''],
      ].join('\r\n');
    if (isAnswer && !isKnown)
      sendBye = async () => {
        const callId = fieldOf(text, 'Call-ID');
        await eventually(() => acknowledged.has(callId));
        const bye = [
          `BYE ${/<([^>]*)>/.exec(fieldOf(text, 'Contact'))?.[1]} SIP/2.0`,
          `Via: SIP/2.0/UDP ${address}:${port};branch=z9hG4bK${token()};rport`,
          ...['Max-Forwards: 70', `From: ${to}`, `To: ${fieldOf(text, 'From')}`, `Call-ID: ${callId}`, 'CSeq: 1 BYE'],
          ...['Content-Length: 0', '', ''],
        ];
        socket.send(bye.join('\r\n'), at, host);
        return untilFinal(callId);
      };
    answers.set(key, answer);
    socket.send(answer, at, host);
  });
  return played;
}
