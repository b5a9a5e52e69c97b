"""Words that programmers use for each other: the material of `mutation:synonym`.

Written by hand, each line a group of words of one sense and of similar length, because a negative that is longer than
real names, or wears an affix, teaches a model to avoid length and affixes instead of reading (field-notes.md, "What 64
held-out holes taught"). A word may stand in several groups.
"""

from __future__ import annotations

_GROUPS = """
get fetch take
read load scan
write save store dump
remove delete erase discard
add append insert push attach
pop shift take
create make build construct
update modify change refresh
find search locate lookup
check verify validate ensure
start begin launch
stop halt finish end
open connect attach
close shutdown release
send emit post dispatch
receive accept collect
run execute invoke
call invoke apply
parse decode read
format render encode
convert transform translate
encode serialize pack
decode deserialize unpack
split divide partition
join merge combine concat
sort order rank
filter select pick
match compare equal
replace substitute swap
copy clone duplicate
move transfer shift
list enumerate items
count total number
show display present
hide mask conceal
print output display
log record trace
raise throw
handle process manage
register subscribe enroll
reset clear restore
init setup prepare
configure setup adjust
enable activate allow
disable deactivate block
lock acquire hold
unlock release free
wait pause sleep
resolve expand settle
compute calculate evaluate
iterate traverse walk
extract retrieve pull
generate produce create
wrap enclose cover
expand extend grow
reduce shrink fold
flush drain purge
bind attach link
query search request
download fetch pull
upload push send
import load
export dump
install setup deploy
clean purge tidy
assert ensure require
is has was
to into as
from by of
name title label
names titles labels
key field token
keys fields tokens
value item entry
values items entries
data content payload
text string body
line row
lines rows
file document path
files documents paths
path location route
dir folder
directory location
url link address
host server address
port socket
user account member
users accounts members
password secret passphrase
config settings options
option setting flag
options settings flags
args params inputs
arg param input
kwargs options
result output outcome
results outputs outcomes
response reply answer
request query demand
message notice text
messages notices texts
error failure fault
errors failures faults
exception error failure
code status
status state
state status phase
type kind class
types kinds classes
node vertex element
nodes vertices elements
edge link
child descendant
children descendants
parent owner ancestor
root base top
index position offset
size length extent
length size
width breadth
height depth
start begin first
end stop last
first initial leading
last final latest
next following
previous prior former
min lowest least
max highest most
limit bound cap
count number total
default fallback standard
current active present
timeout deadline
interval period
delay pause
date day
time moment clock
version release revision
module package component
function routine callable
method routine
class type kind
object entity instance
instance object
handler listener callback
callback handler hook
event signal
events signals
task job
tasks jobs
queue buffer
cache buffer store
buffer cache
stream channel flow
session context
context scope
client consumer
server host
connection link channel
table grid
column field
columns fields
row line record
record entry row
records entries rows
group cluster bundle
groups clusters bundles
category section
tag label mark
tags labels marks
attribute property field
attributes properties fields
property attribute
header heading
headers headings
footer trailer
source origin
target destination
destination target
input source
output sink
mode style
style theme look
color colour tint
image picture
template pattern layout
pattern template regex
rule policy
rules policies
schema layout model
model schema
level depth rank
weight mass
score rating grade
rate ratio
flag marker switch
marker flag
prefix lead
suffix ending
separator delimiter
delimiter separator
empty blank void
valid correct legal
invalid wrong illegal
missing absent lacking
available present ready
required mandatory needed
optional extra
public open
private internal hidden
local nearby
global shared
temp scratch
temporary transient
all every each
any some
new fresh
old former prior
raw plain
full whole complete
safe secure
strict exact
simple plain basic
single lone sole
multiple several many
async concurrent
lower small
upper capital
left west
right east
"""

SYNONYMS: dict[str, tuple[str, ...]] = {}
"""By lower-case word, the other words of its groups, in the table's order."""

for _group in (line.split() for line in _GROUPS.strip().splitlines()):
    for _word in _group:
        _others = tuple(other for other in _group if other != _word)
        SYNONYMS[_word] = tuple(dict.fromkeys((*SYNONYMS.get(_word, ()), *_others)))
