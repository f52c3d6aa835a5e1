import {
  ActionIcon,
  Alert,
  Button,
  Code,
  CopyButton,
  Group,
  Menu,
  Stack,
  Text,
  Title,
  VisuallyHidden,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useEffect, useRef, type ReactNode } from 'react';
import { t } from '../texts/texts.ts';
import { ApiError } from './api-error.ts';
import { curlOf, isUnreachable, type ApiRequest } from './api.ts';
import { Dialog } from './dialog.tsx';
import { IconDots } from './icons.ts';
import { LoadingPart } from './late-part.tsx';
import { problemText } from './problem-words.ts';
import { setPageTitle } from './title.ts';
import { labelOf } from './words.ts';

type PageProps = {
  readonly title: string;
  /** One line below the title: what is shown, or of what. */
  readonly subtitle?: ReactNode;
  /** Requests to the API with which the page is made, so that a person can do the same in a shell. */
  readonly requests?: readonly ApiRequest[];
  /** What is done here most: one primary button, and quiet ones beside it. */
  readonly actions?: ReactNode;
  /** Items of the menu "⋯": what is done seldom. */
  readonly menu?: ReactNode;
  readonly children: ReactNode;
};

/** The way on by keyboard begins at the heading of the page, unless the person is in the phone or in a dialog. */
function focusAfterNavigation(heading: HTMLElement | null): void {
  if (document.activeElement?.closest('aside, [role="dialog"]')) return;
  heading?.focus();
}

/** A page with its title, its actions and its requests. */
export function Page({ title, subtitle, requests = [], actions, menu, children }: PageProps) {
  useEffect(() => {
    setPageTitle(title);
  }, [title]);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => focusAfterNavigation(heading.current), []);
  return (
    <Stack gap="md">
      <Group justify="space-between" align="start" gap="sm">
        <div>
          <Title ref={heading} order={1} size="h2" tabIndex={-1} style={{ overflowWrap: 'anywhere', outline: 'none' }}>
            {title}
          </Title>
          {subtitle !== undefined && (
            <Text size="sm" c="dimmed" component="div">
              {subtitle}
            </Text>
          )}
        </div>
        <Group gap="xs">
          {actions}
          <PageMenu requests={requests}>{menu}</PageMenu>
        </Group>
      </Group>
      {children}
    </Stack>
  );
}

/** Until the page that was opened is here. */
export function LoadingPage() {
  return (
    <>
      <VisuallyHidden component="h1">{t('Loading')}</VisuallyHidden>
      <LoadingPart />
    </>
  );
}

type PageMenuProps = { readonly requests: readonly ApiRequest[]; readonly children: ReactNode };

function PageMenu({ requests, children }: PageMenuProps) {
  const [isOpen, { open, close }] = useDisclosure();
  if (requests.length === 0 && !children) return null;
  return (
    <>
      <Menu position="bottom-end" width={220}>
        <Menu.Target>
          <ActionIcon variant="default" size="lg" aria-label={t('More actions')}>
            <IconDots size={18} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {children}
          {requests.length > 0 && <Menu.Item onClick={open}>{t('Show as request')}</Menu.Item>}
        </Menu.Dropdown>
      </Menu>
      {isOpen && (
        <Dialog onClose={close} title={t('This page as requests')} size="xl">
          <ShownRequests requests={requests} />
        </Dialog>
      )}
    </>
  );
}

function ShownRequests({ requests }: { readonly requests: readonly ApiRequest[] }) {
  const commands = requests.map(curlOf).join('\n\n');
  return (
    <>
      <Text mb="sm">{t('Set TOKEN to an access key or a session token.')}</Text>
      <Code block tabIndex={0}>
        {commands}
      </Code>
      <CopyButton value={commands}>
        {({ copied, copy }) => (
          <Button mt="sm" variant="default" onClick={copy}>
            {copied ? t('Copied') : t('Copy')}
          </Button>
        )}
      </CopyButton>
    </>
  );
}

/** What went wrong, with what a person needs to ask for help. */
export function Problem({ error }: { readonly error: unknown }) {
  if (error === null || error === undefined) return null;
  if (isUnreachable(error)) return <ProblemAlert title={t('The server cannot be reached.')} />;
  if (!(error instanceof ApiError)) return <ProblemAlert title={(error as Error).message} />;
  const { code, details, message, requestId, status } = error;
  const text = problemText(code);
  return (
    <ProblemAlert title={text ?? message}>
      {text !== undefined && details.length === 0 && message}
      {details.length > 0 && (
        <ul>
          {details.map(({ path, message: about }) => (
            <li key={`${path} ${about}`}>
              {/* Who uses it is named by the message; the path is an id. */}
              {status !== 409 && <b>{labelOfPath(path)}</b>} {about}
            </li>
          ))}
        </ul>
      )}
      <Text size="xs">
        {[t('Code {code}', { code }), ...(requestId === null ? [] : [t('Request {id}', { id: requestId })])].join(
          ' · ',
        )}
      </Text>
    </ProblemAlert>
  );
}

const ProblemAlert = ({ title, children }: { readonly title: string; readonly children?: ReactNode }) => (
  <Alert color="red" variant="light" role="alert" tabIndex={-1} title={title}>
    {children}
  </Alert>
);

/** `members[0].user` as the label of the innermost field. */
const labelOfPath = (path: string): string =>
  labelOf(path.split(/[.[\]]+/).findLast((name) => name !== '' && !/^\d+$/.test(name)) ?? path);
