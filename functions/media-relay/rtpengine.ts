import { writeFileSync } from 'node:fs';
import type { MediaPorts } from './settings.ts';

/** The slack of the thread that runs JavaScript (proc(5)). */
const timerSlack = '/proc/self/timerslack_ns';

/**
 * Starts a program whose timers may be late, so that those that are due at about the same time need one change between
 * threads: it inherits the slack of the thread that starts it (prctl(2), PR_SET_TIMERSLACK), which gets its own back.
 * Where the kernel has no such file, its timers keep their precision.
 *
 * @param microseconds by which they may be late
 */
export function withTimerSlack<T>(microseconds: number, start: () => T): T {
  const isSet = trySlack(microseconds * 1_000);
  try {
    return start();
  } finally {
    // 0 is the slack that the thread itself began with.
    if (isSet) trySlack(0);
  }
}

/** @returns whether the kernel lets the thread set it */
function trySlack(nanoseconds: number): boolean {
  try {
    writeFileSync(timerSlack, String(nanoseconds));
    return true;
  } catch {
    return false;
  }
}

/** What rtpengine is started with. */
export type RtpEngineSettings = {
  /** IPv4 address of its sockets for media. */
  readonly address: string;
  /** IPv4 address in session descriptions, if it is another one. */
  readonly publicAddress: string | undefined;
  /** Where it takes commands. */
  readonly ng: { readonly address: string; readonly port: number };
  readonly mediaPorts: MediaPorts;
  /** Where it sends the digits that it hears: address and UDP port. */
  readonly digits: string;
  /** Folder of the captures of calls that are recorded; undefined: none are. */
  readonly recordingFolder: string | undefined;
};

/** Seconds without any packet after which media end that the sidecar has forgotten. */
const silence = 3_600;

/**
 * The arguments of rtpengine (rtpengine(8)). It runs in user space, without its kernel module, which Fargate does not
 * allow, and reads no configuration of Debian.
 */
export const rtpengineArguments = ({
  address,
  publicAddress,
  ng,
  mediaPorts,
  digits,
  recordingFolder,
}: RtpEngineSettings): string[] => [
  '--config-file=none',
  '--table=-1',
  '--foreground',
  '--log-stderr',
  // Warnings, errors, and what ends a call unexpectedly.
  '--log-level=4',
  `--interface=${publicAddress === undefined || publicAddress === address ? address : `${address}!${publicAddress}`}`,
  `--listen-ng=${ng.address}:${ng.port}`,
  `--port-min=${mediaPorts.first}`,
  `--port-max=${mediaPorts.last}`,
  `--dtmf-log-dest=${digits}`,
  // A call ends by SIP. The default of 60 s would end the media of a call in which no one speaks.
  `--timeout=${silence}`,
  `--silent-timeout=${silence}`,
  // One thread plays all sounds: several wake each other for every packet, and one plays those of 1,000 callers.
  '--media-num-threads=1',
  ...(recordingFolder === undefined ? [] : ['--recording-method=pcap', `--recording-dir=${recordingFolder}`]),
];
