import { row } from '../row.ts';

/**
 * The SIP dialog of one leg of a call, for the task that takes the call over. `session`: what `shared/sip/session`
 * stores and restores, as plain JSON.
 */
export type CallDialogItem = {
  readonly call_id: string;
  readonly org_id: number;
  readonly leg: 'source' | 'destination';
  /** Id of the sidecar task that holds the session. */
  readonly task: string;
  readonly session: Readonly<Record<string, unknown>>;
  /** Unix seconds: a dialog whose task and call are gone leaves no item. */
  readonly expires_at: number;
};

/** The GSI2 partition of the dialogs that a task holds, of all organizations, after the entity. */
const dialogsOfTask = (task: string): readonly string[] => ['owner', task];

/** `dialog#1001#call_…`, by leg; GSI2: by task. */
export const callDialogRow = row<
  'dialog',
  CallDialogItem,
  { readonly call_id: string; readonly leg: string },
  { readonly call_id: string }
>('dialog', {
  partition: ({ call_id }) => [`call/${call_id}`],
  sort: ({ leg }) => leg,
  index2: ({ task, leg, call_id }) => ({ partition: dialogsOfTask(task), sort: `${call_id}#${leg}` }),
  expires: ({ expires_at }) => expires_at,
});
