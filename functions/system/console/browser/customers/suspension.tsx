import { Button, Group, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { request } from '../kit/api.ts';
import { Problem } from '../kit/page.tsx';
import type { Row } from '../kit/table.tsx';
import { idOf } from './tree.ts';

type SuspensionProps = { readonly organization: Row; readonly onDone: () => void };

export const actionFor = ({ status }: Row): string => (status === 'active' ? 'Suspend' : 'Resume');

/** Suspends an organization, or ends that. */
export function Suspension({ organization, onDone }: SuspensionProps) {
  const queries = useQueryClient();
  const isActive = organization['status'] === 'active';
  const change = useMutation({
    mutationFn: () =>
      request({
        method: 'POST',
        path: `/orgs/${idOf(organization)}`,
        body: { status: isActive ? 'suspended' : 'active' },
      }),
    onSuccess: async () => {
      onDone();
      await queries.invalidateQueries({ queryKey: ['list', '/orgs'] });
    },
  });
  return (
    <>
      <Text mb="md">
        {isActive
          ? 'Until it is resumed, its people and access keys can only read its balance, and it makes no calls.'
          : 'It can be used again, from its next request on.'}
      </Text>
      <Problem error={change.error} />
      <Group mt="md">
        <Button color={isActive ? 'red' : 'cyan'} loading={change.isPending} onClick={() => change.mutate()}>
          {actionFor(organization)}
        </Button>
        <Button variant="default" onClick={onDone}>
          Leave it
        </Button>
      </Group>
    </>
  );
}
