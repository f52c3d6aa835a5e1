import { join } from 'node:path';
import { addressText } from '../sip-address.ts';
import { loopback } from './addresses.ts';

const recordingFolder = (dataDir: string): string => join(dataDir, 'recordings');

/** What a relay of this machine is started with. @param reached the address at which phones reach it */
export const relayVariables = (dataDir: string, reached: string, mediaPorts: string) => ({
  MEDIA_ADDRESS: reached,
  // The template's `auto` asks the Internet for an address.
  MEDIA_PUBLIC_ADDRESS: reached,
  NG_ADDRESS: loopback,
  MEDIA_PORTS: mediaPorts,
  RECORDING_DIR: recordingFolder(dataDir),
});

/** Where the sidecar finds the relays of this machine, which record calls. */
export const relayAddresses = (
  relays: readonly { readonly ng: number }[],
  dataDir: string,
): Readonly<Record<string, string>> =>
  relays.length === 0
    ? { MEDIA_RELAY: 'none' }
    : {
        MEDIA_RELAY: relays.map(({ ng }) => addressText({ host: loopback, port: ng })).join(','),
        MEDIA_RECORDING: recordingFolder(dataDir),
      };
