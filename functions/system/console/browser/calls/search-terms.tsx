import { Button, Group, Menu, Pill, ScrollArea } from '@mantine/core';
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

function Choice({ title, choices, onChoose }: ChoiceProps) {
  if (choices.length === 0) return null;
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <Button size="compact-sm" variant="default">
          {title}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <ScrollArea.Autosize mah={320}>
          {choices.map((choice) => {
            const [text, label] = typeof choice === 'string' ? [choice, choice] : choice;
            return (
              <Menu.Item key={label} onClick={() => onChoose(text)}>
                {label}
              </Menu.Item>
            );
          })}
        </ScrollArea.Autosize>
      </Menu.Dropdown>
    </Menu>
  );
}
