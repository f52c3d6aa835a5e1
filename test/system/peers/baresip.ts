import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Account } from './accounts.ts';
import { start, temporaryFolder, type Program } from './program.ts';
import { peerPort, sipServer } from './sip-server.ts';

type Telephone = { readonly from: string; readonly transport: 'udp' | 'tcp' };

/** No sound, no screen, no keys: what registers and answers. */
const configuration = (from: string): string => `
sip_listen ${from}:${peerPort}
module_path /usr/lib/baresip/modules
module_app account.so
`;

const account = ({ username, password, domain }: Account, transport: 'udp' | 'tcp'): string =>
  `<sip:${username}@${domain};transport=${transport}>;auth_user=${username};auth_pass=${password};outbound="sip:${sipServer.address}:${sipServer.port};transport=${transport}";regint=600\n`;

/** Starts baresip, which registers the account at once. It prints all messages. */
export function startBaresip(of: Account, { from, transport }: Telephone): Program {
  const folder = temporaryFolder();
  writeFileSync(join(folder.path, 'config'), configuration(from));
  writeFileSync(join(folder.path, 'accounts'), account(of, transport));
  writeFileSync(join(folder.path, 'contacts'), '');
  const program = start('baresip', ['-f', folder.path, '-s']);
  const stop = async (signal?: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    await program.stop(signal);
    folder[Symbol.dispose]();
  };
  return { ...program, stop, [Symbol.asyncDispose]: () => stop('SIGKILL') };
}
