import { Fault } from './fault.ts';
import { hostAndPort } from './host.ts';
import { Parameters, parseParameters } from './parameters.ts';

/** `SIP/2.0/UDP host:port;branch=…` (RFC 3261 §20.42). */
export type Via = {
  /** `SIP/2.0`; another version only in a message that is rejected because of it. */
  readonly protocol: string;
  /** In capital letters: UDP, TCP, TLS, WS, WSS, or another token. */
  readonly transport: string;
  readonly host: string;
  readonly port: number | undefined;
  readonly parameters: Parameters;
};

/** Prefix of every branch that is unique across space and time (RFC 3261 §8.1.1.7). */
export const branchCookie = 'z9hG4bK';

const token = "([\\w!%'*+\\-.`~]+)";
const slash = '[ \\t]*/[ \\t]*';
const sentBy = '(\\[[^\\]]*\\]|[^\\s:;,[\\]]+)(?:[ \\t]*:[ \\t]*(\\d{1,5}))?';

/** Protocol name, version and transport, then host and port, up to the parameters. */
const beforeParameters = new RegExp(`^${token}${slash}${token}${slash}${token}[ \\t]+${sentBy}[ \\t]*(?=;|$)`);

/** Parses one Via value. */
export function parseVia(text: string): Via | Fault {
  const found = beforeParameters.exec(text);
  const sender = hostAndPort(found?.[4] ?? '', found?.[5]);
  if (found === null || sender === undefined) return new Fault('Malformed sender');
  const parameters = parseParameters(text, found[0].length);
  if (parameters instanceof Fault) return parameters;
  const [protocol, transport] = [`${found[1]}/${found[2]}`, (found[3] ?? '').toUpperCase()];
  return { protocol, transport, host: sender.host, port: sender.port, parameters };
}

/** The Via as text. */
export const printVia = ({ protocol, transport, host, port, parameters }: Via): string =>
  `${protocol}/${transport} ${host}${port === undefined ? '' : `:${port}`}${parameters.toString()}`;

/** The branch of a Via: the id of its transaction. */
export const branchOf = (via: Via): string | undefined => via.parameters.get('branch');

/**
 * A Via of our own (RFC 3261 §8.1.1.7). `rport` asks for the response at the address and port that we send from (RFC
 * 3581 §3).
 * @param transport in capital letters
 * @param branch begins with `branchCookie`
 */
export const newVia = (transport: string, host: string, port: number, branch: string): Via => ({
  protocol: 'SIP/2.0',
  transport,
  host,
  port,
  parameters: new Parameters([
    ['rport', null],
    ['branch', branch],
  ]),
});
