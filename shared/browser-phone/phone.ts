import type { LeftCall } from './left-calls.ts';
import { openLine, type Line, type LineAccount } from './line.ts';
import { typedNumber } from '../telephony/written-number.ts';
import { callOf, nextState, signedOut, toneOf, type Action, type PhoneState, type Tone } from './state.ts';

/** Tones of the phone, made in the page. */

/** Frequencies in hertz, and seconds of sound and of a whole period. */
const tones = {
  ringing: { frequencies: [440, 554], sound: 1, period: 3 },
  ringback: { frequencies: [440, 480], sound: 1, period: 4 },
} as const;

const volume = 0.08;

/** Plays one tone at a time, until another one is chosen. */
function newRinger(): (tone: Tone) => void {
  let playing: Tone = 'none';
  let context: AudioContext | undefined;
  let timer: ReturnType<typeof setInterval> | undefined;

  const beep = ({ frequencies, sound }: (typeof tones)[Exclude<Tone, 'none'>]): void => {
    context ??= new AudioContext();
    const gain = context.createGain();
    gain.gain.value = volume;
    gain.connect(context.destination);
    for (const frequency of frequencies) {
      const oscillator = context.createOscillator();
      oscillator.frequency.value = frequency;
      oscillator.connect(gain);
      oscillator.start();
      oscillator.stop(context.currentTime + sound);
    }
  };

  return (tone) => {
    if (tone === playing) return;
    playing = tone;
    clearInterval(timer);
    void context?.close();
    context = undefined;
    if (tone === 'none') return;
    beep(tones[tone]);
    timer = setInterval(() => beep(tones[tone]), tones[tone].period * 1_000);
  };
}

/** What a person does with a call. */
export type CallControls = {
  readonly answer: (id: string) => void;
  /** Ends a call, or declines it. */
  readonly hangUp: (id: string) => void;
  readonly hold: (id: string, isHeld: boolean) => void;
  readonly mute: (id: string, isMuted: boolean) => void;
  readonly transfer: (id: string, number: string) => void;
  /** Calls a number before the transfer. */
  readonly consult: (id: string, number: string) => void;
  readonly join: (id: string, other: string) => void;
};

/** The phone of a page: its line, its calls and its tones. One call is talked to at a time. */
export type Phone = {
  readonly state: () => PhoneState;
  readonly dispatch: (action: Action) => void;
  /** Registers a line, which ends with the action `signed out`. @param left calls of the page before, to take up */
  readonly open: (account: LineAccount, left?: readonly LeftCall[]) => void;
  /** The calls that the next page can take up. */
  readonly left: () => readonly LeftCall[];
  readonly call: (number: string) => void;
  /** Sends a digit into the call that is talked to. @returns false: there is none */
  readonly press: (digit: string) => boolean;
  readonly controls: CallControls;
};

/** The elements that play the calls, by the ids of the calls. */
function newPlayers() {
  const players = new Map<string, HTMLAudioElement>();
  return {
    playIn: (id: string): HTMLAudioElement => {
      const made = players.get(id) ?? new Audio();
      made.autoplay = true;
      players.set(id, made);
      return made;
    },
    remove: (id: string): void => void players.delete(id),
    clear: (): void => players.clear(),
  };
}

type Use = {
  /** Null: there is none. */
  readonly line: () => Line | null;
  readonly state: () => PhoneState;
  readonly dispatch: (action: Action) => void;
};

/** Puts every other call on hold. */
function holdOthers({ line, state }: Use, id: string | null): void {
  for (const call of state().calls)
    if (call.id !== id && call.phase === 'talking' && !call.isHeld) line()?.hold(call.id, true);
}

function callNumber(use: Use, number: string, consultsFor?: string): void {
  holdOthers(use, null);
  use.line()?.call(typedNumber(number), consultsFor);
}

const controlsOf = (use: Use): CallControls => ({
  answer: (id) => {
    holdOthers(use, id);
    use.line()?.answer(id);
  },
  hangUp: (id) => use.line()?.hangUp(id),
  hold: (id, isHeld) => {
    if (!isHeld) {
      holdOthers(use, id);
      use.dispatch({ kind: 'selected', id });
    }
    use.line()?.hold(id, isHeld);
  },
  mute: (id, isMuted) => use.line()?.mute(id, isMuted),
  transfer: (id, number) => use.line()?.transfer(id, typedNumber(number)),
  consult: (id, number) => callNumber(use, number, id),
  join: (id, other) => {
    // SIP names the dialog of a call that was made here.
    const isReplaced = callOf(use.state(), other)?.isOutgoing === true;
    if (isReplaced) use.line()?.join(id, other);
    else use.line()?.join(other, id);
  },
});

/** @param onChange called with the state after each action */
export function newPhone(onChange: (state: PhoneState) => void): Phone {
  let state = signedOut;
  let line: Line | null = null;
  const ring = newRinger();
  const players = newPlayers();

  function close(): void {
    line?.close();
    line = null;
    players.clear();
  }

  function dispatch(action: Action): void {
    state = nextState(state, action);
    if (action.kind === 'ended') players.remove(action.id);
    if (action.kind === 'signed out') close();
    ring(toneOf(state));
    onChange(state);
  }

  const use: Use = { line: () => line, state: () => state, dispatch };
  return {
    state: use.state,
    dispatch,
    open: (account, left = []) => {
      line = openLine(account, { dispatch, playIn: players.playIn, left });
    },
    left: () => line?.left(state.calls) ?? [],
    call: (number) => callNumber(use, number),
    press: (digit) => {
      const call = callOf(state, state.activeId);
      if (call?.phase !== 'talking' || call.isHeld) return false;
      line?.press(call.id, digit);
      dispatch({ kind: 'said', notice: `Sent ${digit}.` });
      return true;
    },
    controls: controlsOf(use),
  };
}
