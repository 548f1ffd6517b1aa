/**
 * The only Python that the scanner runs: CPython's parser, and what it found as rows. `parse` gives an error or None,
 * then `next_texts` and `next_numbers` the rows of the tree, some at a time, since all of them at once take several
 * times its memory; after the last ones `next_texts` gives None.
 *
 * Rows are flat, because a tree as deep as the parser allows would end any recursive writer or reader. A node comes
 * before its children, of which the last comes first, with all that is below it: CPython lays subtrees out together in
 * memory, and breadth first the rows of a large file took twice as long. Numbers and texts come apart: to write the
 * numbers as text and read them again would take longer than to parse. A row begins with five numbers: type, line,
 * column, end line, end column (columns are UTF-8 bytes). Its fields follow in the order of `LAYOUT`, each by its kind:
 *
 * - `node`: 0 or 1, whether there is one
 * - `nodes`: how many there are
 * - `gapped`: how many places there are, and for each 0 or 1, whether there is one
 * - `text`: no number; the next text, or null
 * - `texts`: how many of the next texts
 * - `mark`, `marks`: an operator or context, by its place in `MARKS`; how many there are, then these
 * - `number`: itself
 *
 * A row belongs to the last node that was claimed and has none yet. A constant is two texts: its type and what it is.
 *
 * Each type of node has a function of its own, written from the grammar that `ast` declares: one for all types
 * would spend most of its time on asking what each field holds.
 *
 * The collector of garbage is off: it walks the growing tree again and again, a third of the time of a large
 * file, and a tree has no circles.
 */
export const PYTHON_DUMP = `
import array, ast, gc, json, types, typing, warnings

gc.disable()
warnings.simplefilter('ignore')

def subclasses(*bases):
    return [cls for cls in vars(ast).values() if isinstance(cls, type) and issubclass(cls, bases)]

MARKS = subclasses(ast.expr_context, ast.operator, ast.unaryop, ast.cmpop, ast.boolop)
TYPES = [cls for cls in subclasses(ast.AST) if cls not in MARKS and '_field_types' in vars(cls)]
MARK = {cls: number for number, cls in enumerate(MARKS)}
GAPPED = {(ast.Dict, 'keys'), (ast.arguments, 'kw_defaults')}
PLACE = ('lineno', 'col_offset', 'end_lineno', 'end_col_offset')

# What a field adds to the numbers, to the texts and to the stack of nodes.
WRITING = {
    'node': ('HELD is not None', None, 'if HELD is not None: stack.append(HELD)'),
    'nodes': ('len(HELD)', None, 'stack += HELD'),
    'gapped': ('len(HELD), *[item is not None for item in HELD]', None,
               'stack += [item for item in HELD if item is not None]'),
    'text': (None, 'HELD', None),
    'texts': ('len(HELD)', '*HELD', None),
    'mark': ('MARK[type(HELD)]', None, None),
    'marks': ('len(HELD), *[MARK[type(item)] for item in HELD]', None, None),
    'number': ('HELD', None, None),
    'constant': (None, '*constant(HELD)', None),
    'singleton': (None, 'None if HELD is None else str(HELD)', None),
}

def kind_of(cls, name):
    declared = cls._field_types[name]
    held = (*typing.get_args(declared), declared)[0]
    is_list = isinstance(declared, types.GenericAlias)
    if held is object:
        return 'constant' if cls is ast.Constant else 'singleton'
    if held is int:
        return 'number'
    if held is str:
        return 'texts' if is_list else 'text'
    if held in MARK:
        return 'marks' if is_list else 'mark'
    if (cls, name) in GAPPED:
        return 'gapped'
    return 'nodes' if is_list else 'node'

def constant(value):
    kind = type(value)
    if kind is str:
        return 'str', value
    if kind is int:
        return 'int', str(value) if value < 1 << 64 else hex(value)
    if kind is bytes:
        return 'bytes', value.hex()
    if kind is float or kind is complex:
        return kind.__name__, repr(value)
    return 'name', repr(value)

def fields_of(cls):
    return [name for name in cls._fields if (cls, name) != (ast.Constant, 'kind')]

def writer_of(cls):
    numbers = [str(TYPES.index(cls)), *[f'held["{name}"]' if name in cls._attributes else '0' for name in PLACE]]
    texts, steps = [], []
    for name in fields_of(cls):
        for part, made in zip(WRITING[kind_of(cls, name)], (numbers, texts, steps)):
            if part:
                made.append(part.replace('HELD', f'held["{name}"]'))
    code = ['held = node.__dict__', f'numbers += ({",".join(numbers)},)', *steps]
    if texts:
        code.append(f'texts += ({",".join(texts)},)')
    made = {'MARK': MARK, 'constant': constant}
    exec('\\n '.join(['def write(node, stack, numbers, texts):', *code]), made)
    return made['write']

WRITERS = {cls: writer_of(cls) for cls in TYPES}
SENT = {'singleton': 'text'}
LAYOUT = json.dumps({
    'types': [[cls.__name__, [[name, SENT.get(kind_of(cls, name), kind_of(cls, name))] for name in fields_of(cls)]]
              for cls in TYPES],
    'marks': [cls.__name__ for cls in MARKS],
})
ENCODE = json.JSONEncoder(check_circular=False, separators=(',', ':')).encode

def parse(text, major, minor):
    global STACK
    try:
        STACK = [ast.parse(text, feature_version=(major, minor))]
    except SyntaxError as error:
        return json.dumps({'error': error.msg, 'line': error.lineno or 1, 'column': error.offset or 1,
                           'endLine': error.end_lineno or 0, 'endColumn': error.end_offset or 0})
    except (MemoryError, RecursionError, ValueError) as error:
        # The parser says what it can't take; when the memory is used up it says nothing.
        if error.__class__ is MemoryError and not str(error):
            raise
        return json.dumps({'error': str(error), 'line': 1, 'column': 1,
                           'endLine': 0, 'endColumn': 0})

def next_texts(limit):
    global NUMBERS
    stack, numbers, texts = STACK, [], []
    if not stack:
        return None
    # Whose row is written is not kept.
    for _ in range(limit):
        node = stack.pop()
        WRITERS[type(node)](node, stack, numbers, texts)
        if not stack:
            break
    NUMBERS = array.array('i', numbers)
    return ENCODE(texts)

def next_numbers():
    return NUMBERS
`;
