import { second } from '#schema/time.ts';
import type { PlayedSound } from '../../media/platform-sounds.ts';

/**
 * A dialog with a caller that types: what the platform says, asks, records and does, as a pure function
 * (state, event) → (state, commands). A script says what happens in each of its places, and where it goes on. Instants
 * are Unix milliseconds of the host's clock.
 */

/** Places with these names, and what is known in them. */
export type PlaceAt<Names extends string, Known extends object = object> = Names extends string
  ? { readonly at: Names } & Known
  : never;

/** What happens in a place of a script. */
export type DialogAct<Place, Work> =
  | { readonly type: 'say'; readonly sounds: readonly PlayedSound[]; readonly next: Place }
  /** One of the keys is awaited, also while the sounds play. `seconds` after them; another try repeats them. */
  | {
      readonly type: 'ask';
      readonly sounds: readonly PlayedSound[];
      readonly keys: string;
      readonly seconds: number;
      readonly tries: number;
    }
  /** Digits up to `#`, as many as `max`. */
  | {
      readonly type: 'collect';
      readonly sounds: readonly PlayedSound[];
      readonly max: number;
      readonly seconds: number;
    }
  /** What the caller says after a beep, until `#` or for so long. */
  | {
      readonly type: 'record';
      /** Before the beep. */
      readonly sounds?: readonly PlayedSound[];
      readonly milliseconds: number;
      readonly recording: string;
    }
  | { readonly type: 'work'; readonly work: Work }
  /** The call ends. */
  | { readonly type: 'leave' };

/** How a place ends. */
export type DialogReply<Result> =
  /** `elapsed`: milliseconds since its sounds began. */
  | { readonly type: 'key'; readonly key: string; readonly elapsed: number }
  | { readonly type: 'digits'; readonly digits: string }
  /** Nothing was typed. */
  | { readonly type: 'silence' }
  /** null: nothing is recorded. */
  | { readonly type: 'recorded'; readonly milliseconds: number | null }
  | { readonly type: 'done'; readonly result: Result };

/** Places are JSON, as the call may move to another task. */
export type DialogScript<Place, Work, Result> = {
  readonly enter: (place: Place) => DialogAct<Place, Work>;
  readonly reply: (place: Place, reply: DialogReply<Result>) => Place;
  /**
   * What is left to be done for a caller that has hung up.
   * @param recorded milliseconds of the present recording
   */
  readonly leave: (place: Place, recorded: number) => readonly Work[];
};

/** What a place of a script does. A place without `reply` leads on by its `say`, or ends. */
export type PlaceRule<Place, Here, Work, Result> = {
  readonly enter: (here: Here) => DialogAct<Place, Work>;
  readonly reply?: (here: Here, reply: DialogReply<Result>) => Place;
  readonly leave?: (here: Here, recorded: number) => readonly Work[];
};

/** A rule for each place of a script. */
export type PlaceRules<Place extends { readonly at: string }, Work, Result> = {
  readonly [At in Place['at']]: PlaceRule<Place, Extract<Place, { readonly at: At }>, Work, Result>;
};

/** The script of a table of places. */
export function scriptOf<Place extends { readonly at: string }, Work, Result>(
  rules: PlaceRules<Place, Work, Result>,
): DialogScript<Place, Work, Result> {
  // The compiler does not see that a place and its rule have the same name.
  const ruleOf = ({ at }: Place): PlaceRule<Place, Place, Work, Result> =>
    (rules as Readonly<Record<string, PlaceRule<Place, never, Work, Result>>>)[at] as PlaceRule<
      Place,
      Place,
      Work,
      Result
    >;
  return {
    enter: (place) => ruleOf(place).enter(place),
    reply: (place, reply) => ruleOf(place).reply?.(place, reply) ?? place,
    leave: (place, recorded) => ruleOf(place).leave?.(place, recorded) ?? [],
  };
}

export type DialogPhase =
  | ('new' | 'playing' | 'listening' | 'beeping' | 'recording' | 'stopping' | 'working')
  /** The caller has hung up while something was done. */
  | 'leaving'
  | 'ended';

export type DialogState<Place> = {
  readonly place: Place;
  readonly phase: DialogPhase;
  /** The command whose end is awaited. */
  readonly awaits: number;
  readonly timer: { readonly id: number; readonly due: number } | null;
  /** Digits that no place has taken yet. */
  readonly typed: string;
  /** Digits of the present `collect`. */
  readonly collected: string;
  /** Tries of the present `ask` that have failed. */
  readonly failures: number;
  /** When the present sounds, or the recording, began. */
  readonly since: number;
  /** Milliseconds of the recording that has ended. */
  readonly recorded: number;
  /** Places that were entered. */
  readonly entered: number;
  /** The last id of a command. */
  readonly serial: number;
};

export type DialogEvent<Result> = { readonly at: number } & (
  | { readonly type: 'started' | 'hung_up' }
  | { readonly type: 'digit'; readonly digit: string }
  | { readonly type: 'played'; readonly id: number }
  | { readonly type: 'timer'; readonly id: number }
  /** A recording has ended; `ok`: it had begun. */
  | { readonly type: 'recorded'; readonly id: number; readonly ok: boolean }
  | { readonly type: 'done'; readonly id: number; readonly result: Result }
);

export type DialogCommand<Work> =
  | { readonly type: 'answer' }
  | { readonly type: 'play'; readonly id: number; readonly sounds: readonly PlayedSound[] }
  | { readonly type: 'stop_playing' }
  | { readonly type: 'start_timer'; readonly id: number; readonly milliseconds: number }
  | { readonly type: 'stop_timer'; readonly id: number }
  | { readonly type: 'record'; readonly id: number; readonly recording: string }
  /** `recorded` follows. */
  | { readonly type: 'stop_recording'; readonly id: number }
  /** `done` follows. */
  | { readonly type: 'work'; readonly id: number; readonly work: Work }
  /** Nothing follows. */
  | { readonly type: 'finish'; readonly work: Work }
  | { readonly type: 'hang_up' };

export const dialogLimits = {
  /** Places that a call enters: no caller goes on for ever. */
  entered: 1_000,
  /** Digits that are kept for later places. */
  typed: 64,
} as const;

/** A call at the begin of a script. */
export const dialogAt = <Place>(place: Place): DialogState<Place> => ({
  place,
  phase: 'new',
  awaits: 0,
  timer: null,
  typed: '',
  collected: '',
  failures: 0,
  since: 0,
  recorded: 0,
  entered: 0,
  serial: 0,
});

/** What an event changes, and what the host does then, in a bounded number of steps. A late event changes nothing. */
export const stepDialog = <Place, Work, Result>(
  script: DialogScript<Place, Work, Result>,
  state: DialogState<Place>,
  event: DialogEvent<Result>,
): { readonly state: DialogState<Place>; readonly commands: readonly DialogCommand<Work>[] } =>
  state.phase === 'ended' ? { state, commands: [] } : new Walk(script, state, event.at).take(event);

type Draft<Place> = { -readonly [Name in keyof DialogState<Place>]: DialogState<Place>[Name] };
type Asking<Place, Work> = Extract<DialogAct<Place, Work>, { readonly type: 'ask' | 'collect' }>;

class Walk<Place, Work, Result> {
  readonly #script: DialogScript<Place, Work, Result>;
  readonly #state: Draft<Place>;
  readonly #at: number;
  readonly #commands: DialogCommand<Work>[] = [];
  /** Whether the place has changed, and is to be entered. */
  #isMoved = false;

  constructor(script: DialogScript<Place, Work, Result>, state: DialogState<Place>, at: number) {
    this.#script = script;
    this.#state = { ...state };
    this.#at = at;
  }

  take(event: DialogEvent<Result>) {
    this.#handle(event);
    while (this.#isMoved) this.#enter();
    return { state: this.#state, commands: this.#commands };
  }

  #handle(event: DialogEvent<Result>): void {
    switch (event.type) {
      case 'started':
        this.#begin();
        return;
      case 'digit':
        this.#digit(event.digit);
        return;
      case 'timer':
        if (this.#state.timer?.id === event.id) this.#expire();
        return;
      case 'hung_up':
        this.#hungUp();
        return;
      default:
        if (event.id === this.#state.awaits) this.#settled(event);
    }
  }

  /** A command that is awaited has ended. */
  #settled(event: Extract<DialogEvent<Result>, { readonly type: 'played' | 'recorded' | 'done' }>): void {
    switch (event.type) {
      case 'played':
        this.#played();
        return;
      case 'recorded':
        this.#endRecording(event.ok);
        return;
      case 'done':
        this.#done(event.result);
    }
  }

  #begin(): void {
    if (this.#state.phase !== 'new') return;
    this.#commands.push({ type: 'answer' });
    this.#isMoved = true;
  }

  #endRecording(isRecorded: boolean): void {
    const { phase } = this.#state;
    if (phase === 'recording' || phase === 'stopping')
      this.#reply({ type: 'recorded', milliseconds: isRecorded ? this.#recorded : null });
  }

  get #act(): DialogAct<Place, Work> {
    return this.#script.enter(this.#state.place);
  }

  get #recorded(): number {
    const { phase, since, recorded } = this.#state;
    return phase === 'recording' ? Math.max(0, this.#at - since) : recorded;
  }

  #enter(): void {
    this.#isMoved = false;
    Object.assign(this.#state, { entered: this.#state.entered + 1, failures: 0, collected: '', recorded: 0 });
    const act = this.#act;
    if (this.#state.entered > dialogLimits.entered || act.type === 'leave') {
      this.#leave();
      this.#commands.push({ type: 'hang_up' });
      return;
    }
    switch (act.type) {
      case 'say':
        if (act.sounds.length === 0) this.#moveTo(act.next);
        else this.#play('playing', act.sounds);
        return;
      case 'ask':
      case 'collect':
        this.#ask(act);
        return;
      case 'record':
        this.#play('beeping', [...(act.sounds ?? []), { platform: 'beep' }]);
        return;
      case 'work':
        this.#commands.push({ type: 'work', id: this.#await('working'), work: act.work });
    }
  }

  /** Asks for digits, unless those that were typed ahead answer. */
  #ask(act: Asking<Place, Work>): void {
    const isAnswered = act.type === 'collect' ? this.#state.typed !== '' : this.#firstOf(act.keys) !== undefined;
    if (isAnswered) this.#takeTyped(act);
    else if (act.sounds.length === 0) this.#listen(act);
    else this.#play('playing', act.sounds);
  }

  #firstOf(keys: string): string | undefined {
    return Array.from(this.#state.typed).find((digit) => keys.includes(digit));
  }

  #takeTyped(act: Asking<Place, Work>): void {
    if (act.type === 'ask') {
      const key = this.#firstOf(act.keys);
      if (key === undefined) return;
      this.#state.typed = this.#state.typed.slice(this.#state.typed.indexOf(key) + 1);
      this.#reply({ type: 'key', key, elapsed: Math.max(0, this.#at - this.#state.since) });
      return;
    }
    while (this.#state.collected.length < act.max && this.#state.typed !== '') {
      const [digit = ''] = this.#state.typed;
      this.#state.typed = this.#state.typed.slice(1);
      if (digit === '#') {
        this.#reply({ type: 'digits', digits: this.#state.collected });
        return;
      }
      this.#state.collected += digit;
    }
    if (this.#state.collected.length >= act.max) this.#reply({ type: 'digits', digits: this.#state.collected });
    else this.#listen(act);
  }

  #listen(act: Asking<Place, Work>): void {
    this.#settle();
    if (act.seconds === 0) this.#reply({ type: 'silence' });
    else {
      this.#state.phase = 'listening';
      this.#startTimer(act.seconds * second);
    }
  }

  #digit(digit: string): void {
    const { phase, typed } = this.#state;
    if (phase === 'recording') {
      if (digit === '#') this.#stopRecording();
      return;
    }
    this.#state.typed = (typed + digit).slice(0, dialogLimits.typed);
    const act = this.#act;
    if ((act.type !== 'ask' && act.type !== 'collect') || (phase !== 'playing' && phase !== 'listening')) return;
    if (act.type === 'ask' && this.#firstOf(act.keys) === undefined) {
      // Another key is no answer, and is not kept.
      this.#state.typed = '';
      return;
    }
    if (phase === 'playing') this.#commands.push({ type: 'stop_playing' });
    this.#takeTyped(act);
  }

  #played(): void {
    const act = this.#act;
    if (this.#state.phase === 'beeping' && act.type === 'record') {
      // What was typed before the beep is not meant for after it.
      this.#state.typed = '';
      const id = this.#await('recording');
      this.#state.since = this.#at;
      this.#commands.push({ type: 'record', id, recording: act.recording });
      this.#startTimer(act.milliseconds);
    } else if (this.#state.phase === 'playing') {
      if (act.type === 'say') this.#moveTo(act.next);
      else if (act.type === 'ask' || act.type === 'collect') this.#listen(act);
    }
  }

  #expire(): void {
    this.#state.timer = null;
    if (this.#state.phase === 'recording') {
      this.#stopRecording();
      return;
    }
    const act = this.#act;
    if (act.type === 'collect') {
      const digits = this.#state.collected;
      this.#reply(digits === '' ? { type: 'silence' } : { type: 'digits', digits });
    } else if (act.type === 'ask') {
      this.#state.failures += 1;
      if (this.#state.failures < act.tries) this.#ask(act);
      else this.#reply({ type: 'silence' });
    }
  }

  #stopRecording(): void {
    this.#state.recorded = this.#recorded;
    this.#stopTimer();
    this.#state.phase = 'stopping';
    this.#commands.push({ type: 'stop_recording', id: this.#state.awaits });
  }

  #done(result: Result): void {
    if (this.#state.phase === 'leaving') {
      this.#state.place = this.#script.reply(this.#state.place, { type: 'done', result });
      this.#leave();
    } else if (this.#state.phase === 'working') this.#reply({ type: 'done', result });
  }

  #hungUp(): void {
    if (this.#state.phase === 'working') this.#state.phase = 'leaving';
    else if (this.#state.phase !== 'leaving') this.#leave();
  }

  /** The call is over. */
  #leave(): void {
    const works = this.#script.leave(this.#state.place, this.#recorded);
    this.#stopTimer();
    Object.assign(this.#state, { phase: 'ended', awaits: 0 });
    this.#commands.push(...works.map((work) => ({ type: 'finish' as const, work })));
  }

  #reply(reply: DialogReply<Result>): void {
    this.#moveTo(this.#script.reply(this.#state.place, reply));
  }

  #moveTo(place: Place): void {
    this.#settle();
    this.#state.place = place;
    this.#isMoved = true;
  }

  #play(phase: DialogPhase, sounds: readonly PlayedSound[]): void {
    const id = this.#await(phase);
    this.#state.since = this.#at;
    this.#commands.push({ type: 'play', id, sounds });
  }

  /** Waits for the end of a command. @returns its id */
  #await(phase: DialogPhase): number {
    this.#settle();
    this.#state.phase = phase;
    this.#state.awaits = this.#nextId();
    return this.#state.awaits;
  }

  #settle(): void {
    this.#stopTimer();
    this.#state.awaits = 0;
  }

  #nextId(): number {
    this.#state.serial += 1;
    return this.#state.serial;
  }

  #startTimer(milliseconds: number): void {
    const id = this.#nextId();
    this.#state.timer = { id, due: this.#at + milliseconds };
    this.#commands.push({ type: 'start_timer', id, milliseconds });
  }

  #stopTimer(): void {
    if (this.#state.timer === null) return;
    this.#commands.push({ type: 'stop_timer', id: this.#state.timer.id });
    this.#state.timer = null;
  }
}
