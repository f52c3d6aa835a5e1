import { useEffect, useState } from 'react';
import { useSession, useSigning } from '../kit/session.tsx';
import { changed, redone, undone, type Flow, type History } from './flow-draft.ts';
import { forgetDraft, keepDraft, readDraft, type DraftOf, type KeptDraft } from './kept-draft.ts';
import { versionOf } from './read-flow.ts';

/** The draft of a flow: what was done and undone, what is being typed, and what the browser keeps of it. */

type Draft = { readonly history: History<Flow>; readonly typed: Flow | null };

/** The draft with what is being typed, which becomes one change with the next one that is no typing. */
export function useDraft(saved: Flow) {
  const [{ history, typed }, setDraft] = useState<Draft>({
    history: { past: [], present: saved, future: [] },
    typed: null,
  });
  const move = (next: (all: History<Flow>) => History<Flow>): void =>
    setDraft((all) => ({
      history: next(all.typed === null ? all.history : changed(all.history, all.typed)),
      typed: null,
    }));
  return {
    flow: typed ?? history.present,
    /** Of the draft without what is being typed. */
    state: `${history.past.length} ${history.future.length}`,
    canUndo: typed !== null || history.past.length > 0,
    canRedo: typed === null && history.future.length > 0,
    type: (next: Flow): void => setDraft((all) => ({ ...all, typed: next })),
    change: (next: Flow): void => move((all) => changed(all, next)),
    finish: (): void => move((all) => all),
    undo: (): void => move(undone),
    redo: (): void => move(redone),
  };
}

export type DraftState = ReturnType<typeof useDraft>;

/** The name under which the browser keeps the draft of a flow. */
function useDraftName(id: string): DraftOf {
  const { sub: user, org_id: own } = useSession();
  const { organization } = useSigning();
  return { user, organization: organization ?? own, id };
}

/**
 * Keeps the draft in the browser as it is changed.
 *
 * @returns what was kept before the page was opened, until the person has decided; undefined: nothing
 */
export function useKeptDraft(id: string, { flow, canUndo, change }: DraftState, saved: Flow) {
  const name = useDraftName(id);
  const [offered, setOffered] = useState<KeptDraft | undefined>(() => readDraft(name));
  const [base, setBase] = useState(() => versionOf(saved));
  const key = JSON.stringify(name);
  useEffect(() => {
    if (canUndo) keepDraft(JSON.parse(key) as DraftOf, { flow, base, at: Date.now() });
  }, [key, flow, base, canUndo]);
  return {
    offered,
    /** Version that the draft changes; null: it is a new flow. */
    base,
    setBase,
    resume: ({ flow: kept, base: version }: KeptDraft): void => {
      setOffered(undefined);
      setBase(version);
      change(kept);
    },
    forget: (): void => {
      setOffered(undefined);
      forgetDraft(name);
    },
  };
}
