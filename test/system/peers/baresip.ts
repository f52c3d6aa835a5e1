import type { Account } from './accounts.ts';
import { startAmong, type Program } from './program.ts';
import { peerPort, sipServer } from './sip-server.ts';

/** Where a phone is, and what it connects to. */
export type Telephone = {
  readonly from: string;
  readonly transport: 'udp' | 'tcp' | 'tls';
  /** The server that it sends to; default: the sidecar's UDP and TCP port. */
  readonly server?: { readonly address: string; readonly port: number };
  /** Whether it subscribes to the mailbox of its account. */
  readonly mailbox?: boolean;
  /** File of the certificate that its TLS server must have. */
  readonly authority?: string;
};

/** No audio, video or input: it registers, answers, and subscribes to the messages of the account's mailbox. */
const configuration = ({ from, authority }: Telephone): string => `
sip_listen ${from}:${peerPort}
${authority === undefined ? '' : `sip_cafile ${authority}`}
module_path /usr/lib/baresip/modules
module_app account.so
module_app mwi.so
`;

const account = (
  { username, password, domain }: Account,
  { transport, server = sipServer, mailbox = false }: Telephone,
): string =>
  [
    `<sip:${username}@${domain};transport=${transport}>`,
    `auth_user=${username}`,
    `auth_pass=${password}`,
    `outbound="sip:${server.address}:${server.port};transport=${transport}"`,
    `regint=600;mwi=${mailbox ? 'yes' : 'no'}\n`,
  ].join(';');

/** Starts baresip, which registers the account at once and prints all messages. */
export const startBaresip = (of: Account, telephone: Telephone): Program =>
  startAmong({ config: configuration(telephone), accounts: account(of, telephone), contacts: '' }, 'baresip', [
    '-f',
    '.',
    '-s',
  ]);
