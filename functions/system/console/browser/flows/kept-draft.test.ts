import { expect, test } from 'vitest';
import { forgetDraft, keepDraft, readDraft } from './kept-draft.ts';

const flow = { name: 'Reception', start: 'bye', steps: { bye: { type: 'hangup' } } };
const draft = { flow, base: 3, at: 1_700_000_000_000 };
const of = { user: 'usr_1', organization: 'org_1', id: 'flow_1' };

function memory() {
  const texts = new Map<string, string>();
  return {
    texts,
    getItem: (name: string) => texts.get(name) ?? null,
    setItem: (name: string, text: string) => void texts.set(name, text),
    removeItem: (name: string) => void texts.delete(name),
  };
}

test('a draft is that of a person, an organization and a flow', () => {
  const store = memory();
  keepDraft(of, draft, store);
  expect(readDraft(of, store)).toEqual(draft);
  for (const other of [{ user: 'usr_2' }, { organization: 'org_2' }, { id: 'new' }])
    expect(readDraft({ ...of, ...other }, store)).toBeUndefined();
  forgetDraft(of, store);
  expect(readDraft(of, store)).toBeUndefined();
});

test('what is no draft is none, and a full storage keeps none', () => {
  const store = memory();
  keepDraft(of, draft, store);
  const [name = ''] = store.texts.keys();
  for (const text of ['', '{', '[]', '{"flow":{"steps":1},"at":1}', '"draft"']) {
    store.texts.set(name, text);
    expect(readDraft(of, store)).toBeUndefined();
  }
  const full = {
    ...store,
    setItem: () => {
      throw new Error('QuotaExceededError');
    },
  };
  expect(() => keepDraft(of, draft, full)).not.toThrow();
});
