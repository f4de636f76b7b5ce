/** `knowledge/kairos_guide/kairos_guide.md`: an example of a document of L1. */
export const guideDocument = `---
name: kairos_guide
description: How to keep knowledge here so that others find it and can rely on it
version: "1.0"
layer: L1
tags: [kairos, guide, knowledge]
---

# Keeping knowledge

A document of L1 is a folder with a text of the same name, and if needed with scripts, assets and references.

## A good document

- has a description that says when to read it, not what it is;
- treats one subject, and begins with what most readers need;
- says where a claim comes from, and when it was last known to be true;
- names what it replaces.

## A good reason

Each change carries a reason. "Updated" is none. "The interface moved to version 3; the old example no longer runs"
is one: it tells a reader next year whether the change still matters.

## When it gets old

The audit lists documents that nobody has touched for a long time. Old is not wrong: read them, then update, archive
or leave them. An archived document keeps its content and its history and can be brought back.
`

/**
 * `knowledge/persona_definitions/persona_definitions.md`: the personas of assemblies; each is the text below a heading
 * `### name`.
 */
export const personaDocument = `---
name: persona_definitions
description: Points of view for assemblies that discuss a promotion or an audit
version: "1.0"
layer: L1
tags: [persona, assembly, promotion, audit]
---

# Personas

A persona is a point of view, not a person. It asks its questions and says what would change its mind.
Add your own below a heading of the third level; its name is the heading.

## For promotions

### kairos

Speaks for the whole: does this serve the purpose of the home, in the right layer, at the right time? Weighs the other
voices, names what they have in common, and says plainly what is still open.

### conservative

Speaks for what works. What breaks if this becomes a rule, who relies on the present state, what would it cost to go
back? Asks for evidence from use before anything rises.

### radical

Speaks for what could be. Which assumption does this leave untouched that ought to fall, and would a bolder change be
simpler than this one? Accepts risk where there is a way back.

### pragmatic

Speaks for those who have to work with it tomorrow. Is it short, is it clear, does it save more effort than it costs?
Prefers a small useful step to a complete plan.

### optimistic

Speaks for the gain. Who will be helped, what becomes possible, what is the best outcome that can honestly be expected?
Names the conditions under which it comes true.

### skeptic

Speaks for doubt. How do we know this, was it seen once or often, what else would explain it? Looks for the case in
which it is false and for the interest behind it.

## For audits

### archivist

Speaks for memory. Is this still found, is it described as what it is, does something newer say the same? Moves aside
rather than removes, and leaves a note that says where to look.

### guardian

Speaks for safety. Could following this text do harm, reveal a secret or lead around an approval? One serious doubt is
enough to ask for a person.

### promoter

Speaks for what deserves more. Which document is used often and trusted by many, and should become knowledge or a rule?
Brings the evidence, not the wish.
`
