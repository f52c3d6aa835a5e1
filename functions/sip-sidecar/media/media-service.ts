import { lookup } from 'node:dns/promises';
import { runPeriodically } from '#concurrency/periodic.ts';
import { leaseInterval } from './relay-leases.ts';
import type { taskPoster } from '#sidecar/post.ts';
import { withDirection } from '#sip/sdp/sdp.ts';
import { isInClear } from '#sip/sdp/srtp.ts';
import type { MediaEncryption } from '#telephony/peer-settings.ts';
import { RelayedApplicationMedia, noApplicationMedia, type ApplicationMedia } from './application-media.ts';
import {
  MediaFailure,
  assertCodecs,
  assertMedia,
  type CallMedia,
  type Recording,
  type SentDescription,
  type StoredMedia,
} from './call-media.ts';
import { permittedFax, type FaxSetting } from './fax.ts';
import { offerFor, permittedOffer, type PeerAudio } from './peer-audio.ts';
import type { MusicOnHold } from './hold-music.ts';
import { mediaKindOf, mediaKindOver, type MediaKind } from './media-kind.ts';
import { NgClient, NgFailure } from './ng-client.ts';
import type { RelaySetting } from './relay-setting.ts';
import { RelayedMedia } from './relayed-media.ts';
import { deleteSessions } from './encrypted-leg.ts';
import { Relays, type RelaysDependencies } from './relays.ts';

function noRelay(): never {
  throw new MediaFailure(503, 'MEDIA_RELAY_UNAVAILABLE', 'a media relay plays, and there is none');
}

/**
 * Without a relay, descriptions pass as they are, and media flow between the parties. Browsers and phones cannot be
 * joined so: that is rejected before a phone rings in vain. A call that is to be recorded is not.
 */
export function directMedia(recording?: Recording): CallMedia {
  const kinds = new Map<string, MediaKind>();
  const encryptions = new Map<string, MediaEncryption>();
  const faxes = new Map<string, FaxSetting>();
  const audios = new Map<string, PeerAudio>();
  /** By leg that has not answered yet: the offer that it has got. A call of another task has none. */
  const unanswered = new Map<string, string | undefined>();
  const partyOf = (leg: string) => ({
    ...{ kind: kinds.get(leg), fax: faxes.get(leg) },
    ...(encryptions.get(leg) === 'require' ? { profile: 'RTP/SAVP' } : {}),
  });
  let isComplete = false;
  const complete = (): void => {
    if (!isComplete && recording?.isWanted() === true) recording.onFailure('RECORDING_UNAVAILABLE');
    isComplete = true;
  };
  /** A leg has answered: its next answers are of a call that is up. */
  const begin = (from: string, to: string, answer: string): void => {
    const offer = unanswered.get(from);
    if (offer !== undefined) assertMedia(offer, answer);
    for (const leg of [from, to]) unanswered.delete(leg);
  };
  return {
    relay: undefined,
    expect: (leg, transport) => {
      kinds.set(leg, mediaKindOver(transport));
      unanswered.set(leg, undefined);
    },
    encrypt: (leg, encryption) => void encryptions.set(leg, encryption),
    limitAudio: (leg, audio) => void audios.set(leg, audio),
    limitFax: (leg, fax) => void faxes.set(leg, fax),
    pass: ({ kind: type, isEarly, from, to, sdp: sent }: SentDescription) => {
      const permitted = permittedFax(sent, [partyOf(from), partyOf(to)]);
      const sdp = type === 'offer' ? offerFor(permittedOffer(permitted, audios.get(from)), audios.get(to)) : permitted;
      if (type === 'answer') {
        assertCodecs(sdp);
        if (isEarly !== true) begin(from, to, sdp);
        complete();
      } else if (unanswered.has(to)) unanswered.set(to, sdp);
      const [own, others] = [from, to].map((leg) => encryptions.get(leg) === 'require' && isInClear(sdp));
      if (own === true) throw new MediaFailure(488, 'INCOMPATIBLE_DESTINATION', 'the media have to be encrypted');
      if (others === true)
        throw new MediaFailure(488, 'MEDIA_RELAY_REQUIRED', 'RTP and SRTP can be joined by a media relay only');
      const kind = mediaKindOf(sdp);
      const other = kinds.get(to);
      if (kind === undefined) return sdp;
      kinds.set(from, kind);
      if (other === undefined || other === kind) return sdp;
      throw new MediaFailure(488, 'MEDIA_RELAY_REQUIRED', 'WebRTC and RTP can be joined by a media relay only');
    },
    expectApplication: noRelay,
    play: async () => noRelay(),
    startRecording: async () => noRelay(),
    stopRecording: async () => noRelay(),
    ring: async () => noRelay(),
    ringAlone: async () => undefined,
    stopPlaying: async () => noRelay(),
    heldDirection: () => 'inactive',
    learnsPlaceOf: () => false,
    setHeld: () => undefined,
    delay: noRelay,
    hearDigits: noRelay,
    digitPosition: () => undefined,
    holdBack: () => undefined,
    open: () => undefined,
    reject: () => undefined,
    heard: async () => undefined,
    stored: () => undefined,
    leave: () => undefined,
    close: async () => undefined,
    hold: (_leg, sdp) => withDirection(sdp, 'inactive'),
  };
}

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
  readonly readLeases: RelaysDependencies['readLeases'];
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

const addressesOf = async (host: string): Promise<string[]> =>
  (await lookup(host, { all: true, family: 4 })).map(({ address }) => address);

/** Opens the way to the relays. Without any, media flow between the parties. */
export async function openMedia(
  { hosts, leases }: RelaySetting,
  { fault, allowsPrivate, onLost, recordingFolder, post, readLeases, now }: MediaServiceDependencies,
): Promise<MediaService> {
  if (hosts.length === 0 && !leases) return none;
  const client = new NgClient();
  const relays = new Relays({ hosts, client, lookup: addressesOf, onLost, readLeases, now });
  const applications = new RelayedApplicationMedia({ relays, post, now, fault });
  const refresh = async (): Promise<void> => {
    if (leases && relays.alive.length === 0) await relays.refreshLeases().catch(fault);
    await relays.refresh();
    applications.refresh();
  };
  const refreshLeases = async (): Promise<void> => relays.refreshLeases();
  await refresh();
  const stop = leases ? runPeriodically(leaseInterval, refreshLeases, fault) : async () => undefined;
  const parts = { relays, fault, allowsPrivate, folder: recordingFolder, applications };
  return {
    begin: (call, onRelay, recording, music) => new RelayedMedia(call, { ...parts, onRelay, recording, music }),
    canRecord: () => recordingFolder !== undefined && relays.alive.length > 0,
    resume: (call, stored, legs, heard) =>
      RelayedMedia.resume(call, stored, legs, { ...parts, ...heard, onRelay: () => undefined }),
    applications,
    // A relay that is gone has no calls.
    end: async (call, relay) => {
      try {
        const { tags = {} } = await relays.ask(relay, { command: 'query', 'call-id': call });
        await deleteSessions(relays, relay, call, Object.keys(tags));
      } catch (error) {
        if (!(error instanceof NgFailure)) fault(error);
      }
    },
    refresh,
    close: async () => {
      await stop();
      applications.close();
      await client.close();
    },
  };
}
