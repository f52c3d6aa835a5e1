/** Elements of SIPp's scenarios. Square brackets are SIPp keywords; fields are of the list of accounts (`sipp.ts`). */

/** The text of a scenario. */
export const scenario = (...steps: readonly string[]): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="Trunkline">\n${steps.join('\n')}\n</scenario>\n`;

/** Attributes of an element. */
export type Attributes = Readonly<Record<string, string | number>>;

/** The beginning of an element. */
const element = (name: string, attributes: Attributes): string =>
  [`<${name}`, ...Object.entries(attributes).map(([key, value]) => `${key}="${value}"`)].join(' ');

const actionsOf = (actions: readonly string[]): string =>
  actions.length === 0 ? '' : `<action>${actions.join('')}</action>`;

/**
 * Sends a message, and carries out actions. `retrans`: milliseconds after which SIPp repeats an unanswered request.
 * @param body lines of a session description, unless the headers have another type
 */
export const send = (
  lines: readonly string[],
  body: readonly string[] = [],
  attributes: Attributes = {},
  ...actions: readonly string[]
): string => {
  const type = lines.some((line) => line.startsWith('Content-Type:')) ? [] : ['Content-Type: application/sdp'];
  const head = body.length === 0 ? ['Content-Length: 0'] : [...type, 'Content-Length: [len]'];
  const text = [...lines, ...head, '', ...body, ''].join('\n');
  return `${element('send', attributes)}><![CDATA[\n${text}\n]]>${actionsOf(actions)}</send>`;
};

/** Waits for a message, and carries out actions with it. */
export const receive = (attributes: Attributes, ...actions: readonly string[]): string =>
  `${element('recv', attributes)}>${actionsOf(actions)}</recv>`;

/**
 * Ignores further challenges: on a busy machine SIPp repeats a request that has just been challenged, and each copy
 * gets its own challenge.
 */
export const repeatedChallenge = (status: 401 | 407): string => receive({ response: status, optional: 'true' });

/** A place to which another element leads, such as by its attribute `ontimeout`. */
export const label = (id: string): string => `${element('label', { id })}/>`;

/** Waits for some milliseconds. */
export const pause = (milliseconds: number): string => `${element('pause', { milliseconds })}/>`;

/** An action: the message must have a text. @param text POSIX regular expression */
export const expecting = (text: string): string =>
  `<ereg regexp="${text.replaceAll('<', '&lt;')}" search_in="msg" check_it="true" assign_to="found"/>`;

/** An action: notes a text, which the test reads (`CallsInProgress`). */
export const note = (text: string): string => `${element('log', { message: text })}/>`;

/** An action: stores the value of a header. */
export const keepHeader = (name: string, variable: string): string =>
  `<ereg regexp=".*" search_in="hdr" header="${name}:" assign_to="${variable}"/>`;

/** Declares variables that a scenario may not read: SIPp rejects those that are only written. */
export const reference = (...variables: readonly string[]): string =>
  `${element('Reference', { variables: variables.join(',') })}/>`;

/** A session description with G.711. @param user names its origin */
export const sdp = (user: string, ...attributes: readonly string[]): readonly string[] => [
  'v=0',
  `o=${user} 53655765 2353687637 IN IP[local_ip_type] [local_ip]`,
  's=-',
  'c=IN IP[local_ip_type] [local_ip]',
  't=0 0',
  'm=audio 6000 RTP/AVP 0',
  'a=rtpmap:0 PCMU/8000',
  ...attributes,
];
