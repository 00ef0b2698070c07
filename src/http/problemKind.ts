/** How each code is told: HTTP status, a title that never changes, and what to do, for the page at `/errors/{code}`. */
export interface ProblemKind {
  readonly status: number;
  readonly title: string;
  readonly remedy: string;
}

export const kind = (status: number, title: string, remedy: string): ProblemKind => ({
  status,
  title,
  remedy,
});
