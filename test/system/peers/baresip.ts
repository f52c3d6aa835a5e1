import type { Account } from './accounts.ts';
import { startAmong, type Program } from './program.ts';
import { peerPort, sipServer } from './sip-server.ts';

type Telephone = { readonly from: string; readonly transport: 'udp' | 'tcp' };

/** No audio, video or input: it only registers and answers. */
const configuration = (from: string): string => `
sip_listen ${from}:${peerPort}
module_path /usr/lib/baresip/modules
module_app account.so
`;

const account = ({ username, password, domain }: Account, transport: 'udp' | 'tcp'): string =>
  [
    `<sip:${username}@${domain};transport=${transport}>`,
    `auth_user=${username}`,
    `auth_pass=${password}`,
    `outbound="sip:${sipServer.address}:${sipServer.port};transport=${transport}"`,
    'regint=600\n',
  ].join(';');

/** Starts baresip, which registers the account at once and prints all messages. */
export const startBaresip = (of: Account, { from, transport }: Telephone): Program =>
  startAmong({ config: configuration(from), accounts: account(of, transport), contacts: '' }, 'baresip', [
    '-f',
    '.',
    '-s',
  ]);
