/**
 * Calls for SIPp that say when they were sent. Square brackets are SIPp keywords; fields come from its list: caller,
 * domain, credentials, callee.
 */

const scenario = (steps: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="Trunkline">\n${steps}\n</scenario>\n`;

const send = (text: string, attributes = ''): string => `<send${attributes}><![CDATA[\n${text.trim()}\n]]></send>`;

/** The subject of the session is the time at which the INVITE is sent: it passes unchanged. */
const sdp = `
v=0
o=- 1 1 IN IP[local_ip_type] [local_ip]
s=[timestamp]
c=IN IP[local_ip_type] [local_ip]
t=0 0
m=audio 6000 RTP/AVP 0
a=rtpmap:0 PCMU/8000`;

const request = (method: string, uri: string, to: string, sequence: number): string => `
${method} ${uri} SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch];rport
Max-Forwards: 70
From: <sip:[field0]@[field1]>;tag=[pid]-[call_number]
To: ${to}
Call-ID: [call_id]
CSeq: ${sequence} ${method}
User-Agent: SIPp
Contact: <sip:[field0]@[local_ip]:[local_port]>`;

const withSdp = `
Content-Type: application/sdp
Content-Length: [len]
${sdp}`;

const empty = `
Content-Length: 0

`;

const callee = 'sip:[field3]@[field1]';

const invite = (sequence: number, proof = ''): string =>
  send(`${request('INVITE', callee, `<${callee}>`, sequence)}${proof}${withSdp}`, ' retrans="500"');

type InDialog = { readonly sequence: number; readonly body?: string; readonly attributes?: string };

const inDialog = (method: string, { sequence, body = empty, attributes = '' }: InDialog): string =>
  send(
    `${request(method, '[next_url]', '<sip:[field3]@[field1]>[peer_tag_param]', sequence)}
[routes]${body}`,
    attributes,
  );

/** The ACK of a rejection. */
const acknowledge = (sequence: number): string =>
  send(`
ACK ${callee} SIP/2.0
[last_Via:]
Max-Forwards: 70
[last_From:]
[last_To:]
[last_Call-ID:]
CSeq: ${sequence} ACK${empty}`);

/** What a caller does between the answer and the end. */
export type Talk = {
  /** Milliseconds after the answer, and after each change. */
  readonly pause: number;
  /** Re-INVITEs: the first holds the call, the next one resumes it, and so on. Default: none. */
  readonly changes?: number;
};

const retransmitted = ' retrans="500"';

/** A re-INVITE, which holds the call or resumes it. */
const change = (sequence: number, direction: 'sendonly' | 'sendrecv'): string => `
${inDialog('INVITE', { sequence, body: `${withSdp}\na=${direction}`, attributes: retransmitted })}
<recv response="100" optional="true"/>
<recv response="200"/>
${inDialog('ACK', { sequence })}`;

/**
 * Authenticates if it is asked to, is answered, and hangs up. One that gets 503 ends as one that succeeds, for SIPp.
 */
export const timedCaller = ({ pause, changes = 0 }: Talk): string =>
  scenario(`
${invite(1)}
<recv response="407" auth="true" optional="true" next="1"/>
<recv response="503" optional="true" next="3"/>
<recv response="100" optional="true"/>
<recv response="180" optional="true"/>
<recv response="200" rrs="true" next="2"/>
<label id="1"/>
${acknowledge(1)}
${invite(2, '\n[field2]')}
<recv response="503" optional="true" next="4"/>
<recv response="100" optional="true"/>
<recv response="180" optional="true"/>
<recv response="200" rrs="true"/>
<label id="2"/>
${inDialog('ACK', { sequence: 2 })}
<pause milliseconds="${pause}"/>
${Array.from(
  { length: changes },
  (_, at) => `${change(3 + at, at % 2 === 0 ? 'sendonly' : 'sendrecv')}\n<pause milliseconds="${pause}"/>`,
).join('\n')}
${inDialog('BYE', { sequence: 3 + changes, attributes: retransmitted })}
<recv response="200" next="5"/>
<label id="3"/>
${acknowledge(1).replace('<send>', '<send next="5">')}
<label id="4"/>
${acknowledge(2)}
<label id="5"/>`);

const response = (status: string, more: string, tag = ''): string => `
SIP/2.0 ${status}
[last_Via:]
[last_Record-Route:]
[last_From:]
[last_To:]${tag}
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:callee@[local_ip]:[local_port]>${more}`;

const tag = ';tag=[pid]-[call_number]';

/** Rings and answers, also changes, and ends each line with when the INVITE was sent and when it came, in seconds. */
export const timedCallee = scenario(`
<recv request="INVITE"><action>
<ereg regexp="s=[0-9-]+.[0-9:.]+.([0-9.]+)" search_in="body" assign_to="1,2"/>
<log message="CALL [$2] [timestamp]"/>
</action></recv>
${send(response('180 Ringing', empty, tag))}
${send(response('200 OK', withSdp.replace('[timestamp]', '-'), tag), ' retrans="500"')}
<recv request="ACK"/>
<label id="1"/>
<recv request="INVITE" optional="true" next="2"/>
<recv request="ACK" optional="true" next="1"/>
<recv request="BYE" next="3"/>
<label id="2"/>
${send(response('200 OK', withSdp.replace('[timestamp]', '-')), ' retrans="500"').replace('<send', '<send next="1"')}
<label id="3"/>
${send(response('200 OK', empty))}
<Reference variables="1"/>`);
