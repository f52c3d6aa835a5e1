import { lookup } from 'node:dns/promises';
import { second } from '#schema/time.ts';
import type { taskPoster } from '#sidecar/post.ts';
import { type ApplicationMedia, noApplicationMedia, RelayedApplicationMedia } from './application-media.ts';
import type { MusicOnHold } from './hold-music.ts';
import type { CallMedia, Recording, StoredMedia } from './call-media.ts';
import { directMedia } from './direct-media.ts';
import { NgClient } from './ng-client.ts';
import { generationPath, RelayGeneration, type GenerationRequest } from './relay-control.ts';
import { RelayedMedia } from './relayed-media.ts';
import type { RelayHost } from './relay-setting.ts';
import { deleteAt, Relays, type RelaysDependencies } from './relays.ts';

/** What parties of a call hear: its notice, if they join it while it is recorded, and music while they are held. */
type HeardOfPlatform = { readonly notice: string | undefined; readonly music: MusicOnHold | undefined };

/** The media of the calls of a task. */
export type MediaService = {
  /** The media of a new call. @param onRelay called with the relay that it uses @param music of a party that is held */
  readonly begin: (
    call: string,
    onRelay: (relay: string) => void,
    recording: Recording,
    music?: MusicOnHold,
  ) => CallMedia;
  /** Whether a relay is alive that records calls. */
  readonly canRecord: () => boolean;
  /**
   * The media of a call of another task.
   * @param legs names of its connected legs here
   */
  readonly resume: (
    call: string,
    stored: StoredMedia,
    legs: { readonly source: string; readonly destination: string },
    heard: HeardOfPlatform,
  ) => CallMedia;
  /** What applications ask the relays of their calls. */
  readonly applications: ApplicationMedia;
  /** Ends the media of a call that no task continues. */
  readonly end: (call: string, relay: string) => Promise<void>;
  /** Checks the relays. */
  readonly refresh: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** The dependencies of the media besides the relays. */
export type MediaServiceDependencies = {
  readonly fault: (error: unknown) => void;
  /** Whether media may go to private addresses. */
  readonly allowsPrivate: boolean;
  /** A relay has lost its calls. */
  readonly onLost: RelaysDependencies['onLost'];
  /** The folder in which the relays capture calls, with the sounds of notices. Undefined: they record none. */
  readonly recordingFolder: string | undefined;
  /** Asks the processes of the relays. */
  readonly post: ReturnType<typeof taskPoster>;
  /** Unix milliseconds. */
  readonly now: () => number;
};

const none: MediaService = {
  begin: (_call, _onRelay, recording) => directMedia(recording),
  canRecord: () => false,
  resume: () => directMedia(),
  applications: noApplicationMedia,
  end: async () => undefined,
  refresh: async () => undefined,
  close: async () => undefined,
};

/** Milliseconds for the process of a relay to say its generation. */
const controlTimeout = second;

const addressesOf = async (host: string): Promise<string[]> =>
  (await lookup(host, { all: true, family: 4 })).map(({ address }) => address);

/** Tells relays the generation that has their new calls, by the processes at their control ports. */
export const generationTeller =
  (post: MediaServiceDependencies['post'], controlOf: Relays['controlOf']): RelaysDependencies['tellGeneration'] =>
  async (relay, leftTo) => {
    const address = controlOf(relay);
    if (address === undefined) return undefined;
    const body: GenerationRequest = { kind: 'generation', left_to: leftTo ?? null };
    const answer = await post({ id: relay, address }, { path: generationPath, body, timeout: controlTimeout });
    if (answer.ok) return RelayGeneration.parse(await answer.json());
    await answer.body?.cancel();
    // That of an earlier release knows none.
    if (answer.status === 404) return undefined;
    throw new Error(`the media relay ${relay} answers ${answer.status}`);
  };

/** Opens the way to the relays. Without any, media flow between the parties. */
export async function openMedia(
  hosts: readonly RelayHost[],
  { fault, allowsPrivate, onLost, recordingFolder, post, now }: MediaServiceDependencies,
): Promise<MediaService> {
  if (hosts.length === 0) return none;
  const client = new NgClient();
  const relays: Relays = new Relays({
    hosts,
    client,
    lookup: addressesOf,
    onLost,
    tellGeneration: generationTeller(post, (relay) => relays.controlOf(relay)),
    now,
  });
  const applications = new RelayedApplicationMedia({ relays, post, now, fault });
  const refresh = async (): Promise<void> => {
    await relays.refresh();
    applications.refresh();
  };
  await refresh();
  const parts = { relays, fault, allowsPrivate, folder: recordingFolder, applications };
  return {
    begin: (call, onRelay, recording, music) => new RelayedMedia(call, { ...parts, onRelay, recording, music }),
    canRecord: () => recordingFolder !== undefined && relays.alive.length > 0,
    resume: (call, stored, legs, heard) =>
      RelayedMedia.resume(call, stored, legs, { ...parts, ...heard, onRelay: () => undefined }),
    applications,
    // A relay that is gone has no calls.
    end: (call, relay) =>
      deleteAt(relays, relay, call).then(
        () => undefined,
        () => undefined,
      ),
    refresh,
    close: async () => {
      applications.close();
      await client.close();
    },
  };
}
