/** What the phone knows: a pure value, changed by what happens. */

/** `incoming`: it waits for an answer here; `ringing`: there. */
export type Phase = 'calling' | 'ringing' | 'incoming' | 'talking';

export type Call = {
  readonly id: string;
  /** Who is at the other end, as the network presents it, or what was dialed. */
  readonly name: string;
  readonly number: string;
  readonly phase: Phase;
  /** Whether it was called here. */
  readonly isOutgoing: boolean;
  /** By this phone. */
  readonly isHeld: boolean;
  readonly isHeldByPeer: boolean;
  readonly isMuted: boolean;
  /** Whether it has lost its microphone: the other side hears nothing. */
  readonly isWithoutMicrophone: boolean;
  /** Its network or connection is lost, and waited for. */
  readonly isReconnecting: boolean;
  readonly transfer: 'none' | 'asked' | 'done';
  /** Milliseconds since 1970 of the answer. */
  readonly answeredAt: number | null;
  /** The call whose party is to be transferred to this one. */
  readonly consultsFor: string | null;
};

/** `interrupted`: the line does not register, and the phone tries again. */
export type Stage = 'signed out' | 'signing in' | 'connecting' | 'ready' | 'interrupted';

export type PhoneState = {
  readonly stage: Stage;
  /** Who is signed in, and its extension, if it has one. */
  readonly user: string;
  readonly extension: string | null;
  /** Why the sign-in failed, or ended. */
  readonly problem: string;
  /** Whether the log-in waits for a code of the second factor. */
  readonly wantsCode: boolean;
  readonly calls: readonly Call[];
  /** The call that keys and digits go to. */
  readonly activeId: string | null;
  /** What happened last, in words. */
  readonly notice: string;
};

export type Action =
  | { readonly kind: 'signing in' }
  | { readonly kind: 'code wanted' }
  | { readonly kind: 'rejected'; readonly problem: string }
  | { readonly kind: 'signed in'; readonly user: string; readonly extension: string | null }
  | { readonly kind: 'registered' }
  | { readonly kind: 'interrupted'; readonly why: string }
  | { readonly kind: 'signed out'; readonly problem?: string }
  | {
      readonly kind: 'call';
      readonly id: string;
      readonly isIncoming: boolean;
      readonly name: string;
      readonly number: string;
      readonly consultsFor?: string;
    }
  | { readonly kind: 'rings' | 'selected'; readonly id: string }
  | { readonly kind: 'answered'; readonly id: string; readonly at: number }
  | { readonly kind: 'held'; readonly id: string; readonly by: 'me' | 'peer'; readonly isHeld: boolean }
  | { readonly kind: 'muted'; readonly id: string; readonly isMuted: boolean }
  /** `name`: of the one that it has now, as the browser says it; null: none is left. */
  | { readonly kind: 'microphone'; readonly id: string; readonly name: string | null }
  | { readonly kind: 'reconnecting'; readonly id: string; readonly isReconnecting: boolean }
  | { readonly kind: 'transferring'; readonly id: string; readonly to: string }
  | { readonly kind: 'transferred'; readonly id: string; readonly to: string }
  | { readonly kind: 'not transferred'; readonly id: string; readonly why: string }
  | { readonly kind: 'ended'; readonly id: string; readonly why: string }
  | { readonly kind: 'said'; readonly notice: string };

/** Calls that the phone has at once: one to talk, and one that is held or waits. */
export const maxCalls = 2;

export const signedOut: PhoneState = {
  stage: 'signed out',
  user: '',
  extension: null,
  problem: '',
  wantsCode: false,
  calls: [],
  activeId: null,
  notice: '',
};

/** `Ann (201)`, or the number alone. */
export const partyText = ({ name, number }: Pick<Call, 'name' | 'number'>): string =>
  name === '' || name === number ? number : `${name} (${number})`;

export const callOf = ({ calls }: PhoneState, id: string | null): Call | undefined =>
  calls.find((call) => call.id === id);

const newCall = ({ id, isIncoming, name, number, consultsFor }: Extract<Action, { kind: 'call' }>): Call => ({
  id,
  name,
  number,
  phase: isIncoming ? 'incoming' : 'calling',
  isOutgoing: !isIncoming,
  isHeld: false,
  isHeldByPeer: false,
  isMuted: false,
  isWithoutMicrophone: false,
  isReconnecting: false,
  transfer: 'none',
  answeredAt: null,
  consultsFor: consultsFor ?? null,
});

/** Changes a call, and says so; unchanged if there is no such call. */
function withCall(state: PhoneState, id: string, change: Partial<Call>, notice?: (call: Call) => string): PhoneState {
  const call = callOf(state, id);
  if (call === undefined) return state;
  const calls = state.calls.map((each) => (each === call ? { ...call, ...change } : each));
  return { ...state, calls, notice: notice?.(call) ?? state.notice };
}

function addCall(state: PhoneState, action: Extract<Action, { kind: 'call' }>): PhoneState {
  const { isIncoming, id } = action;
  return {
    ...state,
    calls: [...state.calls, newCall(action)],
    // A call that comes in does not take the keys of a call in progress.
    activeId: isIncoming && state.activeId !== null ? state.activeId : id,
    notice: `${isIncoming ? 'Incoming call from' : 'Calling'} ${partyText(action)}.`,
  };
}

function removeCall(state: PhoneState, { id, why }: Extract<Action, { kind: 'ended' }>): PhoneState {
  const gone = callOf(state, id);
  if (gone === undefined) return state;
  const calls = state.calls
    .filter((call) => call !== gone)
    .map((call) => (call.consultsFor === id ? { ...call, consultsFor: null } : call));
  const activeId = state.activeId === id ? (calls[0]?.id ?? null) : state.activeId;
  // What became of a transfer says more than its end.
  const notice = gone.transfer === 'done' ? state.notice : `${partyText(gone)}: ${why}`;
  return { ...state, calls, activeId, notice };
}

const mediaChanges = ['held', 'muted', 'microphone', 'reconnecting'] as const;
type MediaChange = Extract<Action, { kind: (typeof mediaChanges)[number] }>;

const isMediaChange = (action: Action): action is MediaChange => mediaChanges.some((kind) => kind === action.kind);

function changeMedia(state: PhoneState, action: MediaChange): PhoneState {
  const { id } = action;
  switch (action.kind) {
    case 'held': {
      const { by, isHeld } = action;
      return by === 'me'
        ? withCall(state, id, { isHeld }, pausedText('On hold', isHeld))
        : withCall(state, id, { isHeldByPeer: isHeld }, pausedText('You are put on hold', isHeld));
    }
    case 'muted':
      return withCall(state, id, { isMuted: action.isMuted }, () =>
        action.isMuted ? 'Your microphone is muted.' : 'Your microphone is on.',
      );
    case 'microphone':
      return withCall(state, id, { isWithoutMicrophone: action.name === null }, () => microphoneText(action.name));
    case 'reconnecting': {
      const { isReconnecting } = action;
      return withCall(state, id, { isReconnecting }, pausedText('Reconnecting', isReconnecting));
    }
  }
}

const microphoneText = (name: string | null): string =>
  name === null
    ? 'Your microphone is gone, and the other side hears nothing. Connect a microphone.'
    : `Your microphone is now: ${name === '' ? 'the default one' : name}.`;

const pausedText =
  (words: string, isPaused: boolean) =>
  (call: Call): string =>
    isPaused ? `${words}: ${partyText(call)}.` : `Talking to ${partyText(call)} again.`;

type Transfer = Extract<Action, { kind: 'transferring' | 'transferred' | 'not transferred' }>;

function transferCall(state: PhoneState, action: Transfer): PhoneState {
  const { id } = action;
  switch (action.kind) {
    case 'transferring':
      return withCall(state, id, { transfer: 'asked' }, (call) => `Transferring ${partyText(call)} to ${action.to}.`);
    case 'transferred':
      return withCall(state, id, { transfer: 'done' }, (call) => `${partyText(call)} is transferred to ${action.to}.`);
    case 'not transferred': {
      const notice = (call: Call): string => `${partyText(call)} is not transferred: ${action.why}`;
      return withCall(state, id, { transfer: 'none' }, notice);
    }
  }
}

const selectCall = (state: PhoneState, id: string): PhoneState =>
  callOf(state, id) === undefined ? state : { ...state, activeId: id };

function changeCall(state: PhoneState, action: Extract<Action, { id: string }>): PhoneState {
  if (isMediaChange(action)) return changeMedia(state, action);
  switch (action.kind) {
    case 'call':
      return addCall(state, action);
    case 'rings':
      return withCall(state, action.id, { phase: 'ringing' }, (call) => `${partyText(call)} rings.`);
    case 'selected':
      return selectCall(state, action.id);
    case 'answered': {
      const talking = { phase: 'talking', answeredAt: action.at, isReconnecting: false } as const;
      return {
        ...withCall(state, action.id, talking, (call) => `Talking to ${partyText(call)}.`),
        activeId: action.id,
      };
    }
    case 'transferring':
    case 'transferred':
    case 'not transferred':
      return transferCall(state, action);
    case 'ended':
      return removeCall(state, action);
  }
}

/** The state after something has happened. */
export function nextState(state: PhoneState, action: Action): PhoneState {
  if ('id' in action) return changeCall(state, action);
  switch (action.kind) {
    case 'signing in':
      return { ...signedOut, stage: 'signing in', wantsCode: state.wantsCode };
    case 'code wanted':
      return { ...signedOut, wantsCode: true };
    case 'rejected':
      return { ...signedOut, problem: action.problem, wantsCode: state.wantsCode };
    case 'signed in':
      return { ...signedOut, stage: 'connecting', user: action.user, extension: action.extension };
    case 'registered':
      return state.stage === 'ready' ? state : { ...state, stage: 'ready', notice: 'The line is ready.' };
    case 'interrupted':
      return { ...state, stage: 'interrupted', notice: action.why };
    case 'signed out':
      return { ...signedOut, problem: action.problem ?? '' };
    case 'said':
      return { ...state, notice: action.notice };
  }
}

/** The other call that a call can be joined to by an attended transfer: SIP names the dialog of an outgoing call. */
export function joinable(state: PhoneState, call: Call): Call | undefined {
  const other = state.calls.find((each) => each !== call);
  if (other?.phase !== 'talking' || call.phase !== 'talking') return undefined;
  return other.isOutgoing || call.isOutgoing ? other : undefined;
}

export type Tone = 'ringing' | 'ringback' | 'none';

/** The tone that fits the calls: none while someone talks, except a call that waits. */
export function toneOf({ calls }: PhoneState): Tone {
  if (calls.some(({ phase }) => phase === 'talking')) return 'none';
  if (calls.some(({ phase }) => phase === 'incoming')) return 'ringing';
  return calls.some(({ phase }) => phase === 'ringing') ? 'ringback' : 'none';
}

export const stageTexts: Readonly<Record<PhoneState['stage'], string>> = {
  'signed out': '',
  'signing in': 'Signing in …',
  connecting: 'Connecting …',
  ready: 'Ready',
  interrupted: 'Not connected',
};

const two = (count: number): string => String(count).padStart(2, '0');

/** `03:07` */
export const durationText = (milliseconds: number): string => {
  const seconds = Math.max(0, Math.floor(milliseconds / 1_000));
  return `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`;
};

/** What goes on in a call, in words. */
export function stateText({
  phase,
  isHeld,
  isHeldByPeer,
  isMuted,
  isWithoutMicrophone,
  isReconnecting,
  transfer,
}: Call): string {
  if (isReconnecting) return 'reconnecting …';
  if (transfer !== 'none') return 'being transferred';
  if (phase === 'incoming') return 'calls you';
  if (phase === 'calling') return 'calling …';
  if (phase === 'ringing') return 'ringing …';
  const parts = [
    isHeld ? 'on hold' : isHeldByPeer ? 'holds you' : 'talking',
    ...(isMuted ? ['microphone muted'] : []),
    ...(isWithoutMicrophone ? ['no microphone'] : []),
  ];
  return parts.join(', ');
}
