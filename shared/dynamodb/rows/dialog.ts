import { row } from '../row.ts';

/**
 * The SIP dialog of one leg of a call, for the task that takes the call over. `session`: what `shared/sip/session`
 * stores and restores, as plain JSON; or the application that is this leg, while the call moves.
 */
export type CallDialogItem = {
  readonly call_id: string;
  readonly org_id: number;
  readonly leg: 'source' | 'destination';
  /** Id of the sidecar task that holds the session. */
  readonly task: string;
  readonly session: Readonly<Record<string, unknown>>;
  /**
   * With the source of an answered call: what else its task knows of the call (`TakeCallCommand`, `state`), as
   * compressed JSON. Absent: the call is not answered, or its task is older than this field.
   */
  readonly state?: Uint8Array;
  /** Unix seconds: a dialog whose task and call are gone leaves no item. */
  readonly expires_at: number;
};

/** `dialog#1001#call_…`, by leg. */
export const callDialogRow = row<
  'dialog',
  CallDialogItem,
  { readonly call_id: string; readonly leg: string },
  { readonly call_id: string }
>('dialog', {
  partition: ({ call_id }) => [`call/${call_id}`],
  sort: ({ leg }) => leg,
  expires: ({ expires_at }) => expires_at,
});
