import { Button, CloseButton, Group, Popover, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useState, type SubmitEvent } from 'react';
import type { Draft } from '../kit/filters.tsx';
import { useSession } from '../kit/session.tsx';
import { t } from '../texts/texts.ts';
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
  return (
    <Group gap="sm" role="group" aria-label={t('Saved searches')}>
      {searches.map((search) => (
        <Group key={search.name} gap={2} wrap="nowrap">
          <Button size="compact-sm" variant="light" onClick={() => onOpen(search.draft)}>
            {search.name}
          </Button>
          <CloseButton
            size="sm"
            aria-label={t('Remove {name}', { name: search.name })}
            onClick={() => store(withoutSearch(searches, search.name))}
          />
        </Group>
      ))}
      <SaveSearch onSave={(name) => store(withSearch(searches, { name, draft }))} />
    </Group>
  );
}

function SaveSearch({ onSave }: { readonly onSave: (name: string) => void }) {
  const [isOpen, { toggle, close }] = useDisclosure();
  const [name, setName] = useState('');
  const save = (event: SubmitEvent): void => {
    event.preventDefault();
    if (name.trim() === '') return;
    onSave(name.trim());
    setName('');
    close();
  };
  return (
    <Popover opened={isOpen} onChange={close} trapFocus position="bottom-start">
      <Popover.Target>
        <Button size="compact-sm" variant="subtle" onClick={toggle}>
          {t('Save this search')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <form onSubmit={save}>
          <Group gap="xs" align="end" wrap="nowrap">
            <TextInput
              label={t('Name of the search')}
              maxLength={60}
              value={name}
              onChange={({ target }) => setName(target.value)}
            />
            <Button type="submit">{t('Save')}</Button>
          </Group>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
