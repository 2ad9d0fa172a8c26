import { Button } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { useId, useRef } from 'react';
import { useNavigate } from 'react-router';
import type { Task } from '../api/types';
import { useText } from '../i18n';
import { useCopy } from './copy';
import { curlOf } from './curl';
import styles from './TaskMenu.module.css';

/** What else can be done with a task: copy of it what others need, or make another one like it. */
export function TaskMenu({ task }: { task: Task }) {
  const t = useText();
  const copy = useCopy();
  const navigate = useNavigate();
  const id = useId();
  const menu = useRef<HTMLDivElement>(null);
  const items: [string, () => void][] = [
    [t('copyId'), () => { copy(task.id); }],
    [t('copyLink'), () => { copy(`${location.origin}/tasks/${task.id}`); }],
    [t('copyPayload'), () => { copy(JSON.stringify(task.payload, null, 2)); }],
    [t('copyCurl'), () => { copy(curlOf(task, location.origin)); }],
    [t('duplicate'), () => void navigate(`/tasks/new?from=${task.id}`)],
  ];
  return (
    <>
      <Button size="xs" variant="default" rightSection={<IconChevronDown size={14} aria-hidden />} popoverTarget={id}>{t('moreActions')}</Button>
      <div ref={menu} id={id} popover="auto" className={styles.menu}>
        {items.map(([name, run]) => (
          <button
            key={name}
            type="button"
            onClick={() => {
              menu.current?.hidePopover();
              run();
            }}
          >
            {name}
          </button>
        ))}
      </div>
    </>
  );
}
