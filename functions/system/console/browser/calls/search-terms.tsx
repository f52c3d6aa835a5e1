import { Button, Group, Menu, Pill, ScrollArea } from '@mantine/core';
import { useState } from 'react';
import { SearchInput } from '../kit/search-input.tsx';
import { t } from '../texts/texts.ts';
import type { Term } from './call-search.ts';
import { personText, type People } from './names.ts';
import { directions, results } from './result.ts';

type TermsProps = {
  readonly terms: readonly Term[];
  readonly people: People;
  readonly onChange: (terms: readonly Pick<Term, 'text'>[]) => void;
};

/** What the search box means, term by term, and what can be added by choosing. */
export function Terms({ terms, people, onChange }: TermsProps) {
  const add = (text: string): void => onChange([...terms, { text }]);
  const shown = terms.filter(({ meaning }) => meaning.kind !== 'unknown');
  return (
    <Group gap="xs" role="group" aria-label={t('Filters')}>
      <Choice title={t('Result')} choices={Object.values(results)} onChoose={add} />
      <Choice title={t('Direction')} choices={Object.values(directions)} onChoose={add} />
      <Choice
        title={t('Person')}
        choices={people.all.map((person) => [person.name, personText(person)] as const)}
        onChoose={add}
      />
      {shown.map((term, at) => (
        <Pill
          key={`${at} ${term.text}`}
          size="md"
          withRemoveButton
          removeButtonProps={{
            'aria-label': t('Remove {name}', { name: term.label }),
            'aria-hidden': false,
            tabIndex: 0,
          }}
          onRemove={() => onChange(terms.filter((each) => each !== term))}
        >
          {term.label}
        </Pill>
      ))}
    </Group>
  );
}

type ChoiceProps = {
  readonly title: string;
  /** What is added, and how it is shown if that differs. */
  readonly choices: readonly (string | readonly [text: string, label: string])[];
  readonly onChoose: (text: string) => void;
};

/** Choices that are listed at once: others are found by typing. */
const mostListed = 50;

function Choice({ title, choices, onChoose }: ChoiceProps) {
  const [sought, setSought] = useState('');
  if (choices.length === 0) return null;
  const labels = choices.map((choice) => (typeof choice === 'string' ? ([choice, choice] as const) : choice));
  const found = labels.filter(([, label]) => label.toLowerCase().includes(sought.trim().toLowerCase()));
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <Button size="compact-sm" variant="default">
          {title}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {choices.length > mostListed && <SearchInput value={sought} onChange={setSought} />}
        <ScrollArea.Autosize mah={320}>
          {found.slice(0, mostListed).map(([text, label], at) => (
            <Menu.Item key={`${at} ${label}`} onClick={() => onChoose(text)}>
              {label}
            </Menu.Item>
          ))}
        </ScrollArea.Autosize>
      </Menu.Dropdown>
    </Menu>
  );
}
