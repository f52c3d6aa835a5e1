import type { SipMessage } from '#sip/message.ts';
import { isSipUri, userOf } from '#sip/uri.ts';
import { branchCookie, branchOf } from '#sip/via.ts';

/** Tasks are named in the Contact and in the branches of their messages, so that any task knows whose an answer is. */

const taskId = 'task_[0-9A-HJKMNP-TV-Z]{26}';
const contactUser = new RegExp(`^${taskId}$`);
const ownBranch = new RegExp(`^${branchCookie}(${taskId})\\.`);

/** A branch of a task's Via. @param tag 64 random bits */
export const branchOfTask = (task: string, tag: string): string => `${branchCookie}${task}.${tag}`;

/**
 * The task that a message names: a response by the branch of our Via, a request within a dialog by the user of its
 * Request-URI, which is the Contact of that task. Anyone may have written it.
 */
export function taskNamedBy(message: SipMessage): string | undefined {
  if (message.kind === 'response') return ownBranch.exec(branchOf(message.via) ?? '')?.[1];
  if (message.toTag === undefined || !isSipUri(message.uri)) return undefined;
  const user = userOf(message.uri);
  return user !== undefined && contactUser.test(user) ? user : undefined;
}
