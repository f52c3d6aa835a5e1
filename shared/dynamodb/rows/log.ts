import type { KeptLine } from '../../schema/log-line.ts';
import { row } from '../row.ts';

/** A line of a thing's log. */
export type LogItem = KeptLine & {
  /** Whose line it is. */
  readonly entity: { readonly type: string; readonly id: string };
  /** What tells it from others of its time. */
  readonly mark: string;
};

type LogKey = Pick<LogItem, 'entity' | 'at' | 'mark'>;

/** The partition of GSI1 that holds all lines of an organization, after the entity. */
export const linesOf = (organization: number): readonly string[] => [String(organization)];

/** `log#1001#org/org_1001` by time; GSI1 all lines of the organization by time. */
export const logRow = row<'log', LogItem, LogKey, Pick<LogItem, 'entity'>>('log', {
  partition: ({ entity: { type, id } }) => [`${type}/${id}`],
  sort: ({ at, mark }) => `${at}#${mark}`,
  index1: ({ at }, organization) => ({ partition: linesOf(organization), sort: at }),
});

/** Sort keys of the lines from one instant on, and before another. */
export const linesBetween = ({
  from = '',
  to = '9',
}: {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}): readonly [string, string] => [from, to];
