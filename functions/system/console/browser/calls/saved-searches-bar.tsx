import { Button, CloseButton, Group, Text, TextInput } from '@mantine/core';
import { useState, type SubmitEvent } from 'react';
import type { Draft } from '../kit/filters.tsx';
import { useSession } from '../kit/session.tsx';
import { searchesIn, textOfSearches, withoutSearch, withSearch, type SavedSearch } from './saved-searches.ts';

/** In the browser, by the person: those who share a machine do not see each other's. */
function useSearches() {
  const key = `trunkline-searches ${useSession().sub}`;
  const [searches, setSearches] = useState(() => searchesIn(localStorage.getItem(key)));
  const store = (next: readonly SavedSearch[]): void => {
    localStorage.setItem(key, textOfSearches(next));
    setSearches(next);
  };
  return { searches, store };
}

type SavedSearchesProps = {
  /** Of the search that is shown. */
  readonly draft: Draft;
  readonly onOpen: (draft: Draft) => void;
};

/** Opens, saves and removes searches. */
export function SavedSearches({ draft, onOpen }: SavedSearchesProps) {
  const { searches, store } = useSearches();
  const [name, setName] = useState('');
  const save = (event: SubmitEvent): void => {
    event.preventDefault();
    if (name.trim() === '') return;
    store(withSearch(searches, { name: name.trim(), draft }));
    setName('');
  };
  return (
    <Group gap="sm" role="group" aria-label="Saved searches">
      {searches.length > 0 && <Text size="sm">Saved:</Text>}
      {searches.map((search) => (
        <Group key={search.name} gap={2} wrap="nowrap">
          <Button size="compact-sm" variant="default" onClick={() => onOpen(search.draft)}>
            {search.name}
          </Button>
          <CloseButton
            size="sm"
            aria-label={`Remove ${search.name}`}
            onClick={() => store(withoutSearch(searches, search.name))}
          />
        </Group>
      ))}
      <form onSubmit={save}>
        <Group gap="xs" wrap="nowrap">
          <TextInput
            size="xs"
            aria-label="Name of the search"
            placeholder="Name of this search"
            maxLength={60}
            value={name}
            onChange={({ target }) => setName(target.value)}
          />
          <Button type="submit" size="compact-sm" variant="default">
            Save search
          </Button>
        </Group>
      </form>
    </Group>
  );
}
