import { t } from '../texts/texts.ts';

/** How calls end, as people say it. */

export type Disposition = 'ANSWERED' | 'NO ANSWER' | 'BUSY' | 'FAILED' | 'CANCELLED';
export type Direction = 'outbound' | 'inbound' | 'internal';

type Ended = { readonly disposition: Disposition; readonly direction: Direction };

const isToUs = (direction: Direction): boolean => direction !== 'outbound';

export const results = {
  answered: t('Answered'),
  missed: t('Missed'),
  unanswered: t('No answer'),
  cancelled: t('Hung up first'),
  busy: t('Busy'),
  failed: t('Failed'),
} as const;

export type Result = keyof typeof results;

/** A call that reached us, and that no one took, was missed, also if the caller gave up. */
export function resultOf({ disposition, direction }: Ended): Result {
  switch (disposition) {
    case 'ANSWERED':
      return 'answered';
    case 'NO ANSWER':
      return isToUs(direction) ? 'missed' : 'unanswered';
    case 'CANCELLED':
      return isToUs(direction) ? 'missed' : 'cancelled';
    case 'BUSY':
      return 'busy';
    case 'FAILED':
      return 'failed';
  }
}

/** What is searched for by a result. Undefined directions: any. */
export const soughtBy: Readonly<
  Record<Result, { readonly dispositions: readonly Disposition[]; readonly directions?: readonly Direction[] }>
> = {
  answered: { dispositions: ['ANSWERED'] },
  missed: { dispositions: ['NO ANSWER', 'CANCELLED'], directions: ['inbound', 'internal'] },
  unanswered: { dispositions: ['NO ANSWER'] },
  cancelled: { dispositions: ['CANCELLED'] },
  busy: { dispositions: ['BUSY'] },
  failed: { dispositions: ['FAILED'] },
};

export const directions: Readonly<Record<Direction, string>> = {
  inbound: t('Incoming'),
  outbound: t('Outgoing'),
  internal: t('Internal'),
};
