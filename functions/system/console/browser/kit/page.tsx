import { Alert, Button, Code, CopyButton, Group, Modal, Stack, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useEffect, useRef, type ReactNode } from 'react';
import { curlOf, isUnreachable, type ApiRequest } from './api.ts';
import { ApiError } from './api-error.ts';
import { setPageTitle } from './title.ts';

type PageProps = {
  readonly title: string;
  /** What the page asks the API for, so that a person can do the same in a shell. */
  readonly requests?: readonly ApiRequest[];
  readonly actions?: ReactNode;
  readonly children: ReactNode;
};

/** The way on by keyboard begins at the heading of the page, unless the person is in the phone or in a dialog. */
function focusAfterNavigation(heading: HTMLElement | null): void {
  if (document.activeElement?.closest('aside, [role="dialog"]')) return;
  heading?.focus();
}

/** A page with its title, its actions and its requests. */
export function Page({ title, requests = [], actions, children }: PageProps) {
  useEffect(() => {
    setPageTitle(title);
  }, [title]);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => focusAfterNavigation(heading.current), []);
  return (
    <Stack gap="md">
      <Group justify="space-between">
        <Title ref={heading} order={1} size="h2" tabIndex={-1} style={{ overflowWrap: 'anywhere' }}>
          {title}
        </Title>
        <Group gap="xs">
          {actions}
          {requests.length > 0 && <ShownRequests requests={requests} />}
        </Group>
      </Group>
      {children}
    </Stack>
  );
}

/** Until the page that was opened is here. */
export function LoadingPage() {
  return (
    <Title order={1} size="h2">
      Loading …
    </Title>
  );
}

function ShownRequests({ requests }: { readonly requests: readonly ApiRequest[] }) {
  const [isOpen, { open, close }] = useDisclosure();
  const commands = requests.map(curlOf).join('\n\n');
  return (
    <>
      <Button variant="default" onClick={open}>
        Show as request
      </Button>
      <Modal opened={isOpen} onClose={close} title="This page as requests" size="xl">
        <Text mb="sm">Set TOKEN to an access key or a session token.</Text>
        <Code block tabIndex={0}>
          {commands}
        </Code>
        <CopyButton value={commands}>
          {({ copied, copy }) => (
            <Button mt="sm" onClick={copy}>
              {copied ? 'Copied' : 'Copy'}
            </Button>
          )}
        </CopyButton>
      </Modal>
    </>
  );
}

/** What went wrong, with what a person needs to ask for help. */
export function Problem({ error }: { readonly error: unknown }) {
  if (error === null || error === undefined) return null;
  const isApi = error instanceof ApiError;
  const text = isUnreachable(error) ? 'The server cannot be reached.' : (error as Error).message;
  return (
    <Alert color="red" variant="light" role="alert" tabIndex={-1} title={isApi ? error.code : 'Error'}>
      {text}
      {isApi && error.details.length > 0 && (
        <ul>
          {error.details.map(({ path, message }) => (
            <li key={`${path} ${message}`}>
              <Code>{path}</Code> {message}
            </li>
          ))}
        </ul>
      )}
      {isApi && error.requestId !== null && <Text size="xs">Request {error.requestId}</Text>}
    </Alert>
  );
}
