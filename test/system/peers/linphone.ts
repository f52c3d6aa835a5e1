import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../../support/eventually.ts';
import type { Account } from './accounts.ts';
import { temporaryFolder } from './program.ts';
import { peerPort } from './sip-server.ts';

/** A phone of Linphone, without a sound card. */
export type Linphone = AsyncDisposable & {
  readonly printed: () => string;
  /** Gives it a command, such as `call sip:…`; digits are typed in its call. */
  readonly tell: (command: string) => void;
};

/** `srtp`: whether it demands SRTP. Default: it knows none. */
type LinphoneOptions = { readonly srtp?: boolean };

type Place = { readonly address: string; readonly port: number };

/** It registers by UDP, and types digits by RFC 4733. Its voice has a port that other phones do not have. */
const configuration = (
  { username, password, domain }: Account,
  from: string,
  { address, port, srtp = false }: Place & LinphoneOptions,
): string => `
[sip]
media_encryption=${srtp ? 'srtp' : 'none'}
media_encryption_mandatory=${srtp ? 1 : 0}
bind_address=${from}
sip_port=${peerPort}
sip_tcp_port=0
sip_tls_port=0
use_info=0
use_rfc2833=1
default_proxy=0
[net]
mtu=1300
[rtp]
audio_rtp_port=26000-31999
[proxy_0]
reg_proxy=<sip:${address}:${port};transport=udp>
reg_route=<sip:${address}:${port};transport=udp;lr>
reg_identity=<sip:${username}@${domain}>
reg_expires=600
reg_sendregister=1
[auth_info_0]
username=${username}
passwd=${password}
`;

/** Starts linphonec until it is registered. @param from its own address */
export async function startLinphone(
  account: Account,
  from: string,
  server: Place & LinphoneOptions,
): Promise<Linphone> {
  const folder = temporaryFolder();
  const file = join(folder.path, 'linphonerc');
  writeFileSync(file, configuration(account, from, server));
  // Where it has a database: without it, it does nothing.
  mkdirSync(join(folder.path, '.local/share/linphone'), { recursive: true });
  const child = spawn('linphonec', ['-c', file], {
    cwd: folder.path,
    env: { ...process.env, HOME: folder.path },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const printed: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => printed.push(bytes));
  const closed = new Promise((resolve) => child.once('close', resolve));
  const phone: Linphone = {
    printed: () => Buffer.concat(printed).toString(),
    tell: (command) => void child.stdin.write(`${command}\n`),
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await closed;
      folder[Symbol.dispose]();
    },
  };
  await eventually(() => {
    phone.tell('status register');
    return phone.printed().includes('registered, identity=');
  });
  phone.tell('soundcard use files');
  return phone;
}
