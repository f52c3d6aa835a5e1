import { useSyncExternalStore } from 'react';

/** A question whether a save may remove a large part of a list: the API does not do that unasked (`REMOVES_MANY`). */

type Question = {
  /** What the API says of it: how many of how many entries. */
  readonly message: string;
  readonly answer: (isMeant: boolean) => void;
};

let question: Question | null = null;
const followers = new Set<() => void>();

function change(next: Question | null): void {
  question = next;
  for (const follow of followers) follow();
}

/** Asks the person on every page. A question before that has no answer yet is answered by no. */
export function isRemovalMeant(message: string): Promise<boolean> {
  question?.answer(false);
  return new Promise((resolve) => {
    change({
      message,
      answer: (isMeant) => {
        change(null);
        resolve(isMeant);
      },
    });
  });
}

const follow = (follower: () => void): (() => void) => {
  followers.add(follower);
  return () => void followers.delete(follower);
};

export const useRemovalQuestion = (): Question | null => useSyncExternalStore(follow, () => question);
