import { second } from '#schema/time.ts';
import type { AudioCause, MissingAudio } from '#telephony/call.ts';
import type { SidecarContext } from '../../leases/membership.ts';
import type { HeardParties } from '../../media/call-media.ts';
import { isHushed, missingAudio, withMissingAudio } from '../call/record.ts';
import type { CallWriter } from '../records/writer.ts';
import { otherSide, sides, type Side } from '../call/state.ts';
import type { RunningCall } from '../running/running-call.ts';
import { listenTo, type Counted } from './side-audio.ts';

/** A call whose parties may not be heard. */
export type HeardCall = Pick<RunningCall, 'isUp' | 'record' | 'heard'> & {
  readonly writer: Pick<CallWriter, 'change' | 'record'>;
};

/** The dependencies of the watch. */
export type MissingAudioDependencies = {
  readonly calls: () => Iterable<HeardCall>;
  readonly recorderOf: SidecarContext['recorderOf'];
  /** Unix milliseconds. */
  readonly now: () => number;
};

/** Milliseconds between two questions for a call. */
const interval = 10 * second;
/** Questions in a second at most: with more than 1,000 calls, those that were judged before wait for longer. */
const maxQuestions = 100;
/** Questions at the same time. */
const concurrency = 20;
/** Times that a side is reported as not heard, at most: one that comes and goes is no flood of events. */
const maxReports = 5;

/** What is known of one call. */
type Watched = {
  /** When the relay is asked again, in Unix milliseconds. */
  due: number;
  /** Whether it was judged before. */
  isJudged: boolean;
  readonly from: Map<Side, Counted>;
  readonly reports: Map<Side, number>;
};

const noPackets = { packets: 0, bytes: 0 } as const;

/**
 * Reports sides of answered calls that their relay does not hear, and those that it hears again. A relay is asked for
 * one call at a time, as its protocol has no question for several.
 */
export class MissingAudioWatch {
  readonly #dependencies: MissingAudioDependencies;
  readonly #watched = new WeakMap<HeardCall, Watched>();

  constructor(dependencies: MissingAudioDependencies) {
    this.#dependencies = dependencies;
  }

  /** Call it each second. */
  async refresh(): Promise<void> {
    const now = this.#dependencies.now();
    const due = [...this.#dependencies.calls()]
      .flatMap((call) => {
        const watched = this.#watchedOf(call, now);
        return watched !== undefined && now >= watched.due ? [{ call, watched }] : [];
      })
      .toSorted(({ watched: one }, { watched: other }) => turnOf(one) - turnOf(other))
      .slice(0, maxQuestions)
      .values();
    await Promise.all(
      Array.from({ length: concurrency }, async () => {
        for (const { call, watched } of due) await this.#check(call, watched);
      }),
    );
  }

  #watchedOf(call: HeardCall, now: number): Watched | undefined {
    if (!call.isUp || call.record.media_relay === undefined) return undefined;
    const known = this.#watched.get(call);
    if (known !== undefined) return known;
    const from = new Map(sides.map((side) => [side, { at: now, ...noPackets }]));
    const watched: Watched = { due: now + interval, isJudged: false, from, reports: new Map() };
    this.#watched.set(call, watched);
    return watched;
  }

  async #check(call: HeardCall, watched: Watched): Promise<void> {
    const heard = await call.heard();
    const now = this.#dependencies.now();
    Object.assign(watched, { due: now + interval, isJudged: true });
    if (heard === undefined || !call.isUp) return;
    for (const side of sides) this.#judge({ call, watched, side }, heard, now);
  }

  #judge(judged: JudgedSide, heard: HeardParties, now: number): void {
    const { call, watched, side } = judged;
    const found = this.#hear(judged, heard, now);
    const missing = missingAudio(call.record, side);
    if (found === 'heard' && missing !== undefined)
      this.#report(call, { ...missing, until: new Date(now).toISOString() });
    const reports = watched.reports.get(side) ?? 0;
    if (typeof found === 'string' || missing !== undefined || reports >= maxReports) return;
    watched.reports.set(side, reports + 1);
    this.#report(call, { side, since: new Date(found.since).toISOString(), cause: found.cause });
  }

  /** Begins the next time of a side. @returns how it was heard in the last one */
  #hear({ call, watched, side }: JudgedSide, heard: HeardParties, now: number): Found {
    const { audio, isExpected } = heard[side];
    const from = watched.from.get(side);
    const isToSpeak = isExpected && !isHushed(call.record, side);
    const { next, found } = listenTo(isToSpeak ? from : undefined, audio, now);
    if (next === undefined) watched.from.delete(side);
    else watched.from.set(side, next);
    if (found === 'unknown' || found === 'heard') return found;
    // Who listens to an application has nothing to say.
    const isListener = found === 'comfort_noise_only' && heard[otherSide(side)].audio === undefined;
    return isListener ? 'heard' : { cause: found, since: from?.at ?? now };
  }

  #report({ record, writer }: HeardCall, missing: MissingAudio): void {
    const { id, org_id: organization } = record;
    const [type, what] =
      missing.until === undefined
        ? (['call.audio_missing', 'is not heard'] as const)
        : (['call.audio_returned', 'is heard again'] as const);
    writer.change((call) => withMissingAudio(call, missing));
    writer.record([
      this.#dependencies.recorderOf(organization)(type, {
        entity: { type: 'call', id },
        description: `The ${missing.side} of call ${id} ${what}`,
        fields: { ...missing },
      }),
    ]);
  }
}

/** `since`: Unix milliseconds. */
type Found = 'unknown' | 'heard' | { readonly cause: AudioCause; readonly since: number };

/** A side of a call that is judged. */
type JudgedSide = { readonly call: HeardCall; readonly watched: Watched; readonly side: Side };

/** Calls that were not judged before come first, then those that wait longest. */
const turnOf = ({ isJudged, due }: Watched): number => (isJudged ? due : 0);
