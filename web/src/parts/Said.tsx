import { plain } from './plain';

/** A text that somebody else wrote: its direction is its own, and changes nothing around it. */
export function Said({ children, className, title }: { children: string; className?: string | undefined; title?: string | undefined }) {
  return <bdi className={className} title={title}>{plain(children)}</bdi>;
}
