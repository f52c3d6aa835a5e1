import type { Headers } from '../headers.ts';
import type { Flow } from '../transaction/layer.ts';
import type { SetTimer } from '../transaction/run.ts';
import type { Timers } from '../transaction/timers.ts';
import type { ServerTransaction } from '../transaction/server.ts';
import type { Leg } from './leg.ts';
import type { EndReason, RequestSender } from './session.ts';

/** What legs share, from the table of sessions. */
export type Surroundings<Path extends Flow> = {
  readonly setTimer: SetTimer;
  readonly timers: Timers;
  /** At least 64 random bits as text: tags, Call-IDs. */
  readonly newTag: () => string;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Added to each request and response, such as User-Agent. */
  readonly headers: Headers;
  /** Makes a leg receive the requests within its dialog. */
  readonly add: (key: string, leg: Leg<Path>) => void;
  readonly remove: (key: string) => void;
  /** Makes the CANCEL of a received INVITE, and its transport failure, reach `onCancel`. @returns removes it */
  readonly watch: (transaction: ServerTransaction<Path>, watch: Watch) => () => void;
};

/** What a received INVITE in progress belongs to. */
export type Watch = {
  readonly sender: RequestSender;
  readonly onCancel: (by: 'peer' | 'transport', reason?: EndReason) => void;
};
