import { Badge } from '@mantine/core';
import { stateOf, type Person } from '../resources/person.ts';

/** Whether a person may sign in. */
export function StateBadge({ person }: { readonly person: Person }) {
  const { text, color } = stateOf(person, Date.now());
  return (
    <Badge variant="light" color={color}>
      {text}
    </Badge>
  );
}
