/**
 * The only Python that the scanner runs: CPython's parser, and its tree as JSON. `parse` gives an error or None,
 * then `next_rows` the rows of the tree, some at a time, since all of them at once take several times its memory.
 *
 * Rows are flat and refer to each other by number, because a tree as deep as the parser allows would end
 * any recursive writer or reader of JSON. Row: type, line, column, end line, end column (columns are UTF-8
 * bytes), then the fields in the order of `FIELDS`. Nodes are numbers, everything else is text or null; a
 * constant is its type and its text.
 *
 * The collector of garbage is off: it walks the growing tree again and again, a third of the time of a large
 * file, and a tree has no circles.
 */
export const PYTHON_DUMP = `
import ast, gc, json, warnings

gc.disable()
warnings.simplefilter('ignore')

MARKERS = {
    cls: cls.__name__ for cls in vars(ast).values()
    if isinstance(cls, type)
    and issubclass(cls, (ast.expr_context, ast.operator, ast.unaryop, ast.cmpop, ast.boolop))
}
FIELDS = json.dumps({
    cls.__name__: (['constant', 'value'] if cls is ast.Constant else list(cls._fields))
    for cls in vars(ast).values() if isinstance(cls, type) and issubclass(cls, ast.AST)
})
ENCODE = json.JSONEncoder(check_circular=False, separators=(',', ':')).encode

def constant(value):
    kind = value.__class__
    if kind is str:
        return 'str', value
    if kind is int:
        return 'int', str(value) if value < 1 << 64 else hex(value)
    if kind is bytes:
        return 'bytes', value.hex()
    if kind is float or kind is complex:
        return kind.__name__, repr(value)
    return 'name', repr(value)

def parse(text, version):
    global QUEUE, DONE
    try:
        QUEUE, DONE = [ast.parse(text, feature_version=tuple(version))], 0
    except SyntaxError as error:
        return json.dumps({'error': error.msg, 'line': error.lineno or 1, 'column': error.offset or 1,
                           'endLine': error.end_lineno or 0, 'endColumn': error.end_offset or 0})
    except (MemoryError, RecursionError, ValueError) as error:
        # The parser says what it can't take; when the memory is used up it says nothing.
        if error.__class__ is MemoryError and not str(error):
            raise
        return json.dumps({'error': str(error), 'line': 1, 'column': 1,
                           'endLine': 0, 'endColumn': 0})

def next_rows(limit):
    global DONE
    Constant, AST = ast.Constant, ast.AST
    marker = MARKERS.get
    queue, rows = QUEUE, []
    push, emit = queue.append, rows.append
    count = len(queue)
    for number in range(DONE, min(DONE + limit, count)):
        node = queue[number]
        # Whose row is written need not be kept.
        queue[number] = None
        cls = node.__class__
        held = node.__dict__
        if 'lineno' in held:
            row = [cls.__name__, held['lineno'], held['col_offset'], held['end_lineno'], held['end_col_offset']]
        else:
            row = [cls.__name__, 0, 0, 0, 0]
        emit(row)
        if cls is Constant:
            row += constant(node.value)
            continue
        for name in cls._fields:
            value = held.get(name)
            kind = value.__class__
            if kind is str or value is None:
                row.append(value)
            elif kind is list:
                items = []
                row.append(items)
                for item in value:
                    if isinstance(item, AST):
                        mark = marker(item.__class__)
                        if mark is not None:
                            items.append(mark)
                        else:
                            items.append(count)
                            count += 1
                            push(item)
                    else:
                        items.append(item)
            elif kind is int:
                row.append(str(value))
            else:
                mark = marker(kind)
                if mark is not None:
                    row.append(mark)
                else:
                    row.append(count)
                    count += 1
                    push(value)
    DONE += len(rows)
    return ENCODE(rows)
`;
