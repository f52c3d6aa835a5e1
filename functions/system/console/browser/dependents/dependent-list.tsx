import { Anchor, List, Stack, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { t } from '../texts/texts.ts';
import { mayBeMore, type Dependents } from './consequences.ts';

type Dependent = Dependents['dependents'][number];

/** The pages of dependents by their types, in this order. */
const pages: readonly (readonly [type: Dependent['type'], key: string, title: string])[] = [
  ['number', 'numbers', t('Numbers that ring here')],
  ['device', 'devices', t('Phones')],
  ['sim', 'mobile', t('SIM cards')],
  ['ring_group', 'ringgroups', t('Ring groups')],
  ['flow', 'callflows', t('Call flows')],
  ['blocked_caller', 'blockedcallers', t('Blocked callers')],
  ['user', 'users', t('People')],
];

/** A number with its label. */
const nameOf = ({ type, id, name }: Dependent): string => (type === 'number' && name !== id ? `${id} (${name})` : name);

/** Dependents by type, as links to their pages. */
export function DependentList({ of: { dependents, truncated } }: { readonly of: Dependents }) {
  const shown = pages
    .map(([type, key, title]) => ({ key, title, of: dependents.filter((each) => each.type === type) }))
    .filter(({ of }) => of.length > 0);
  return (
    <Stack>
      {shown.map(({ key, title, of }) => (
        <div key={key}>
          <Title order={2} size="h4" mb="xs">
            {title}
          </Title>
          <List>
            {of.map((dependent) => (
              <List.Item key={dependent.id}>
                <Anchor renderRoot={(props) => <Link to="/r/$key/$id" params={{ key, id: dependent.id }} {...props} />}>
                  {nameOf(dependent)}
                </Anchor>
              </List.Item>
            ))}
          </List>
        </div>
      ))}
      {truncated && <Text>{mayBeMore()}</Text>}
    </Stack>
  );
}

/** The same in a dialog, folded; nothing if there are none. */
export function FoldedDependents({ of }: { readonly of: Dependents | undefined }) {
  if (of === undefined || of.dependents.length === 0) return null;
  return (
    <details>
      <summary>{t('What depends on it')}</summary>
      <DependentList of={of} />
    </details>
  );
}
