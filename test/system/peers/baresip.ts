import { once } from 'node:events';
import { connect } from 'node:net';
import { eventually } from '../../support/eventually.ts';
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
  /** Whether it takes calls, and places those that `tellBaresip` tells it to; it hears itself unless it has a tone. */
  readonly calls?: boolean;
  /** What it says in calls, in Hz, and the folder of the WAV files of what it hears (`dump-…-dec.wav`). */
  readonly tone?: { readonly frequency: number; readonly folder: string };
  /** What it speaks in calls; default: PCMU and PCMA. */
  readonly codec?: 'PCMU' | 'PCMA' | 'opus';
  /** SRTP in its calls, if it offers, or demands it. Default: it knows none. */
  readonly srtp?: 'srtp' | 'srtp-mand';
};

/** Port of its control interface, at its own address. */
const controlPort = 4_444;

const calling = ({ from, tone, srtp }: Telephone): string => `
module g711.so
${srtp === undefined ? '' : 'module srtp.so'}
module opus.so
module aubridge.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen ${from}:${controlPort}
rtp_ports 26000-31999
audio_player aubridge,own
${tone === undefined ? 'audio_source aubridge,own' : speaking(tone)}
`;

/** Its source of tones has no other rate and channels. */
const speaking = ({ frequency, folder }: NonNullable<Telephone['tone']>): string => `
module ausine.so
module sndfile.so
snd_path ${folder}
audio_source ausine,${frequency}
ausrc_srate 48000
ausrc_channels 2
`;

/** No audio, video or input: it registers, answers, and subscribes to the messages of the account's mailbox. */
const configuration = (telephone: Telephone): string => `
sip_listen ${telephone.from}:${peerPort}
${telephone.authority === undefined ? '' : `sip_cafile ${telephone.authority}`}
module_path /usr/lib/baresip/modules
module_app account.so
module_app mwi.so
${telephone.calls === true ? calling(telephone) : ''}
`;

const account = (
  { username, password, domain }: Account,
  { transport, server = sipServer, mailbox = false, calls = false, codec, srtp }: Telephone,
): string =>
  [
    `<sip:${username}@${domain};transport=${transport}>`,
    `auth_user=${username}`,
    `auth_pass=${password}`,
    `outbound="sip:${server.address}:${server.port};transport=${transport}"`,
    `audio_codecs=${codec ?? 'PCMU,PCMA'}`,
    ...(srtp === undefined ? [] : [`mediaenc=${srtp}`]),
    `regint=600;mwi=${mailbox ? 'yes' : 'no'};answermode=${calls ? 'auto' : 'manual'}\n`,
  ].join(';');

/** Starts baresip, which registers the account at once and prints all messages. */
export const startBaresip = (of: Account, telephone: Telephone): Program =>
  startAmong({ config: configuration(telephone), accounts: account(of, telephone), contacts: '' }, 'baresip', [
    '-f',
    '.',
    '-s',
  ]);

/**
 * Printed when Debian's baresip gives up because it does not support SHA-256. It retries after 30 s; the test restarts
 * it instead.
 */
const settled = /\[\d bindings?\]|Function not implemented/;

/** Starts baresip until it registers. Debian's gives up at its first challenge, which offers SHA-256. */
export async function startRegisteredBaresip(account: Account, telephone: Telephone): Promise<Program> {
  const first = startBaresip(account, telephone);
  await eventually(() => settled.test(first.printed()));
  await first.stop('SIGKILL');
  const phone = startBaresip(account, telephone);
  await eventually(() => /\[\d bindings?\]/.test(phone.printed()));
  return phone;
}

/**
 * Gives baresip a command, such as `dial` with a URI, as its module `ctrl_tcp` takes it: JSON in a netstring.
 * @returns its answer, in the same form
 */
export async function tellBaresip(from: string, command: string, params = ''): Promise<string> {
  const text = JSON.stringify({ command, params });
  const socket = connect({ host: from, port: controlPort });
  await once(socket, 'connect');
  socket.write(`${Buffer.byteLength(text)}:${text},`);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return answer.toString();
}
