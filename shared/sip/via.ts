import { Fault } from './fault.ts';
import { hostAndPort } from './host.ts';
import { Parameters, parseParameters } from './parameters.ts';

/** `SIP/2.0/UDP host:port;branch=…` (RFC 3261 §20.42). */
export type Via = {
  /** `SIP/2.0`; another version stands here only in a message that is refused for it. */
  readonly protocol: string;
  /** In capital letters: UDP, TCP, TLS, WS, WSS, or another token. */
  readonly transport: string;
  readonly host: string;
  readonly port: number | undefined;
  readonly parameters: Parameters;
};

/** A branch that is unique in space and time begins so (§8.1.1.7). */
export const branchCookie = 'z9hG4bK';

const sentBy =
  /^([\w!%'*+\-.`~]+)[ \t]*\/[ \t]*([\w!%'*+\-.`~]+)[ \t]*\/[ \t]*([\w!%'*+\-.`~]+)[ \t]+(\[[^\]]*\]|[^\s:;,[\]]+)(?:[ \t]*:[ \t]*(\d{1,5}))?[ \t]*(?=;|$)/;

export function parseVia(text: string): Via | Fault {
  const [whole = '', name = '', version = '', transport = '', host = '', digits] = sentBy.exec(text) ?? [];
  const sender = hostAndPort(host, digits);
  if (sender === undefined) return new Fault('Malformed sender');
  const parameters = parseParameters(text, whole.length);
  return parameters instanceof Fault
    ? parameters
    : { protocol: `${name}/${version}`, transport: transport.toUpperCase(), ...sender, parameters };
}

export const printVia = ({ protocol, transport, host, port, parameters }: Via): string =>
  `${protocol}/${transport} ${host}${port === undefined ? '' : `:${port}`}${parameters.toString()}`;

export const branchOf = (via: Via): string | undefined => via.parameters.get('branch');

/**
 * A Via of our own (§8.1.1.7). The branch begins with the cookie; `rport` asks for the answer on the same path (RFC
 * 3581 §3).
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
